//! Errors that are a choice of words.

/// An enum whose variants carry nothing, with what each is called.
macro_rules! errors {
    ($(#[$doc:meta])+ $name:ident { $($(#[$why:meta])+ $variant:ident => $words:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$why])+ $variant,)+
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $words,)+
                })
            }
        }

        impl core::error::Error for $name {}
    };
}

pub(crate) use errors;
