//! Microsoft's clouds.

use std::fmt;

/// One of Microsoft's clouds; they share no addresses and no circuits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// Azure, the public cloud.
    #[default]
    Public,
    /// Azure Government (United States).
    Government,
    /// Azure operated by 21Vianet in China.
    China,
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Public => "public",
            Self::Government => "government",
            Self::China => "china",
        })
    }
}
