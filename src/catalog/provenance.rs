//! The source of records: cloud, feed and edition.

use std::fmt;
use std::str::FromStr;

/// One of Microsoft's clouds. They share no addresses and are never mixed in one catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// Public Azure and Microsoft 365.
    #[default]
    Public,
    /// Azure Government, Microsoft 365 GCC High and DoD.
    Government,
    /// Azure and Microsoft 365 operated by 21Vianet.
    China,
}

impl Cloud {
    /// All clouds.
    pub const ALL: [Self; 3] = [Self::Public, Self::Government, Self::China];

    /// Returns the name on the command line and in files: `public`, `government`, `china`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Government => "government",
            Self::China => "china",
        }
    }

    /// Returns the cloud in the `cloud` field of a service-tag file, ignoring case.
    pub fn from_feed(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "public" | "azurecloud" => Some(Self::Public),
            "azuregovernment" | "azureusgovernment" | "government" => Some(Self::Government),
            "china" | "azurechina" | "azurechinacloud" => Some(Self::China),
            _ => None,
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that is not one of the allowed names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: use one of {choices}")]
pub struct NameError {
    /// The text.
    pub text: String,
    /// The kind of name that was expected, such as `a cloud`.
    pub what: &'static str,
    /// The allowed names.
    pub choices: &'static str,
}

impl FromStr for Cloud {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::ALL.into_iter().find(|cloud| cloud.name() == text).ok_or_else(|| NameError {
            text: text.to_owned(),
            what: "a cloud",
            choices: "public, government, china",
        })
    }
}

/// An instance of the Microsoft 365 endpoint web service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instance {
    /// The worldwide instance.
    Worldwide,
    /// US Government GCC High.
    UsGovGccHigh,
    /// US Department of Defense.
    UsGovDod,
    /// 21Vianet.
    China,
    /// The German cloud, which was closed in October 2021. Its last lists are still in circulation.
    Germany,
}

impl Instance {
    /// All instances.
    pub const ALL: [Self; 5] =
        [Self::Worldwide, Self::UsGovGccHigh, Self::UsGovDod, Self::China, Self::Germany];

    /// Returns the name in the web service: `Worldwide`, `USGovGCCHigh`, `USGovDoD`, `China`, `Germany`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worldwide => "Worldwide",
            Self::UsGovGccHigh => "USGovGCCHigh",
            Self::UsGovDod => "USGovDoD",
            Self::China => "China",
            Self::Germany => "Germany",
        }
    }

    /// Returns the cloud whose catalog contains the instance's sets. The German instance belongs to the
    /// public cloud, to which its tenants moved.
    pub const fn cloud(self) -> Cloud {
        match self {
            Self::Worldwide | Self::Germany => Cloud::Public,
            Self::UsGovGccHigh | Self::UsGovDod => Cloud::Government,
            Self::China => Cloud::China,
        }
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Instance {
    type Err = NameError;

    /// Parses the name, ignoring case.
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::ALL.into_iter().find(|instance| instance.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
            NameError {
                text: text.to_owned(),
                what: "a Microsoft 365 instance",
                choices: "Worldwide, USGovGCCHigh, USGovDoD, China, Germany",
            }
        })
    }
}

/// The contents of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedKind {
    /// Azure service tags.
    ServiceTags,
    /// Microsoft 365 endpoint sets of one instance.
    Endpoints,
    /// Endpoint sets of Intune alone, which the web service leaves out unless asked.
    Intune,
    /// `bgpServiceCommunities`: which prefixes are advertised with which community.
    Communities,
}

impl FeedKind {
    /// Returns the name in files: `service-tags`, `endpoints`, `intune`, `communities`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceTags => "service-tags",
            Self::Endpoints => "endpoints",
            Self::Intune => "intune",
            Self::Communities => "communities",
        }
    }
}

impl fmt::Display for FeedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for FeedKind {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        [Self::ServiceTags, Self::Endpoints, Self::Intune, Self::Communities]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| NameError {
                text: text.to_owned(),
                what: "a kind of feed",
                choices: "service-tags, endpoints, intune, communities",
            })
    }
}

/// Who provided a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedOrigin {
    /// The embedded snapshot.
    Shipped,
    /// The user. The feed replaces the shipped feed of the same kind and instance.
    User,
}

/// The source of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The contents of the feed.
    pub kind: FeedKind,
    /// The feed's cloud.
    pub cloud: Cloud,
    /// The file name of the original, without folders.
    pub name: String,
    /// The publisher's name for this version of the feed: change number (`406`), date (`2026-05-31`), API
    /// version (`api 2023-09-01`); if none is known, `sha256 ` and the first 12 digits.
    pub edition: String,
    /// The feed's own change number, if it has one.
    pub change_number: Option<u64>,
    /// The date of the original, `YYYY-MM-DD`, if known.
    pub date: Option<String>,
    /// SHA-256 of the original's bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Who provided the feed.
    pub origin: FeedOrigin,
    /// The instance of the web service, for endpoint sets.
    pub instance: Option<Instance>,
}
