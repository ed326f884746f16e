//! What all secret types share.

/// Cloned deliberately, wiped on drop, never shown.
macro_rules! wiped {
    ($($name:ident),+) => {$(
        impl Clone for $name {
            fn clone(&self) -> Self {
                Self(self.0)
            }
        }
        impl Drop for $name {
            fn drop(&mut self) {
                zeroize::Zeroize::zeroize(&mut self.0);
            }
        }
        impl zeroize::ZeroizeOnDrop for $name {}
        milagro_base::opaque_debug!($name);
    )+};
}

pub(crate) use wiped;
