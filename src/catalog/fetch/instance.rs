//! The instances of the Microsoft 365 endpoints web service.

use std::fmt;

/// An instance of the Microsoft 365 endpoints web service.
///
/// Source: Microsoft, "Office 365 IP Address and URL web service", parameter `Instance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instance {
    /// Everyone outside the other three.
    Worldwide,
    /// Operated by 21Vianet.
    China,
    /// The United States Department of Defense.
    UsGovDod,
    /// The United States government, GCC High.
    UsGovGccHigh,
}

impl Instance {
    /// The name as the web service spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worldwide => "Worldwide",
            Self::China => "China",
            Self::UsGovDod => "USGovDoD",
            Self::UsGovGccHigh => "USGovGCCHigh",
        }
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
