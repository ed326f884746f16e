//! A `Debug` that shows nothing.

/// Gives types a `Debug` that shows their name and nothing else: `Token { .. }`.
///
/// ```
/// struct Pin(u32);
/// milagro_base::opaque_debug!(Pin);
/// assert_eq!(format!("{:?}", Pin(1234)), "Pin { .. }");
///
/// struct Locked<'a, T: Copy>(&'a [T]);
/// milagro_base::opaque_debug!(Locked<'a, T: Copy>);
/// assert_eq!(format!("{:?}", Locked(&[1234])), "Locked { .. }");
/// ```
#[macro_export]
macro_rules! opaque_debug {
    ($($name:ident $(<$($parameter:tt $(: $bound:path)?),+>)?),+ $(,)?) => {$(
        impl $(<$($parameter $(: $bound)?),+>)? ::core::fmt::Debug for $name $(<$($parameter),+>)? {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}
