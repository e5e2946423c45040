//! What to fetch: instances and their versions, addresses, downloads, the client request id.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

use super::error::{Fault, SetupError, cause};
use crate::catalog::Instance;

/// The name of the state file in the target directory.
pub const STATE_FILE: &str = "fetch.json";

/// The instances that the web service serves today. The German one was closed in October 2021.
pub const SERVED_INSTANCES: [Instance; 4] =
    [Instance::Worldwide, Instance::China, Instance::UsGovDod, Instance::UsGovGccHigh];

/// Returns the name of an instance's file in the target directory, such as `endpoints_worldwide.json`.
pub fn endpoints_file_name(instance: Instance) -> String {
    format!("endpoints_{}.json", instance.name().to_ascii_lowercase())
}

/// A version of an instance's endpoint sets: `YYYYMMDDNN`. A greater number is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointsVersion(u64);

impl EndpointsVersion {
    /// Parses exactly ten ASCII digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok().map(Self) } else { None }
    }

    /// Returns the date in the version as `YYYY-MM-DD`, without checking that the day exists in the calendar.
    pub fn date(self) -> String {
        format!("{:04}-{:02}-{:02}", self.0 / 1_000_000, self.0 / 10_000 % 100, self.0 / 100 % 100)
    }
}

impl fmt::Display for EndpointsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// The GUID that the web service asks each client to store and to send with every query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientRequestId(String);

impl ClientRequestId {
    /// Creates a version 4 GUID (RFC 9562 section 5.4) from the caller's random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let version = 0xF_u128 << 76;
        let variant = 0b11_u128 << 62;
        let bits = u128::from_be_bytes(bytes) & !version & !variant | 0x4_u128 << 76 | 0b10_u128 << 62;
        let hex = format!("{bits:032x}");
        let mut text = String::with_capacity(36);
        for (index, digit) in hex.chars().enumerate() {
            if matches!(index, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            text.push(digit);
        }
        Self(text)
    }

    /// Returns the GUID in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientRequestId {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, SetupError> {
        let mut groups = text.split('-');
        let shaped = [8, 4, 4, 4, 12].into_iter().all(|length| {
            groups
                .next()
                .is_some_and(|group| group.len() == length && group.bytes().all(|b| b.is_ascii_hexdigit()))
        });
        if shaped && groups.next().is_none() {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(SetupError::ClientRequestId { text: text.to_owned() })
        }
    }
}

impl fmt::Display for ClientRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An address that may be fetched: `https`, or `http` to a loopback host (`localhost`, `127.0.0.0/8`, `::1`),
/// which is meant for tests and local mirrors.
///
/// The address is displayed without user name, password and query, because these may contain secrets (a
/// shared access signature, for instance).
#[derive(Clone, PartialEq, Eq)]
pub struct WebAddress(Url);

impl WebAddress {
    /// The public address of the Microsoft 365 endpoints web service.
    pub const ENDPOINTS_SERVICE: &'static str = "https://endpoints.office.com";

    /// Returns whether TLS is needed.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Returns the full address for the client. It must not be displayed.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// Returns the last segment of the path, if there is one.
    pub fn last_segment(&self) -> Option<&str> {
        self.0.path_segments()?.next_back().filter(|segment| !segment.is_empty())
    }

    /// Returns this address with path segments appended and the client request id as its only query.
    pub(super) fn query(&self, segments: &[&str], id: &ClientRequestId) -> Self {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url.set_fragment(None);
        url.query_pairs_mut().clear().append_pair("clientrequestid", id.as_str());
        Self(url)
    }

    /// Resolves a redirect from this address. The scheme must stay the same, and http must stay on the local
    /// machine.
    pub(super) fn redirected(&self, location: &str) -> Result<Self, Fault> {
        let refuse = |to: String, problem| Fault::Redirect { to, problem };
        let Ok(next) = self.0.join(location) else {
            return Err(refuse("…".to_owned(), "not a web address"));
        };
        let next = Self(next);
        if next.0.scheme() != self.0.scheme() {
            return Err(refuse(next.to_string(), "the scheme changes"));
        }
        if !next.is_safe() {
            return Err(refuse(next.to_string(), "http to a host other than loopback"));
        }
        Ok(next)
    }

    fn is_safe(&self) -> bool {
        self.is_https() || (self.0.scheme() == "http" && self.is_loopback())
    }

    fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        host == "localhost" || literal.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

impl FromStr for WebAddress {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, SetupError> {
        let shown = || text.split(['?', '#']).next().unwrap_or_default().to_owned();
        let url =
            Url::parse(text).map_err(|error| SetupError::Address { text: shown(), source: cause(error) })?;
        let address = Self(url);
        if address.is_safe() {
            Ok(address)
        } else {
            Err(SetupError::Insecure { address: address.to_string() })
        }
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())?;
        if self.0.query().is_some() { f.write_str("?…") } else { Ok(()) }
    }
}

impl fmt::Debug for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A feed from a user-specified address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    name: String,
    address: WebAddress,
}

impl Download {
    /// Creates a download of `address`, to be stored as `name` in the target directory.
    ///
    /// # Errors
    ///
    /// Returns [`SetupError::Name`] unless the name consists of 1 to 128 ASCII letters, digits, `.`, `_` and
    /// `-`, does not start with `.`, and is not used by the fetch itself.
    pub fn new(name: impl Into<String>, address: WebAddress) -> Result<Self, SetupError> {
        let name = name.into();
        match name_problem(&name) {
            Some(problem) => Err(SetupError::Name { name, problem }),
            None => Ok(Self { name, address }),
        }
    }

    /// Creates a download of `address`, named after the last segment of its path.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Download::new`]. If the path has no last segment, the name is empty and
    /// therefore rejected.
    pub fn named_by_address(address: WebAddress) -> Result<Self, SetupError> {
        let name = address.last_segment().unwrap_or_default().to_owned();
        Self::new(name, address)
    }

    /// Returns the name of the feed's file in the target directory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the address that the feed is fetched from.
    pub fn address(&self) -> &WebAddress {
        &self.address
    }
}

fn name_problem(name: &str) -> Option<&'static str> {
    let own = |own: &str| name.eq_ignore_ascii_case(own);
    if name.is_empty() || name.len() > 128 {
        Some("a name must have 1 to 128 characters")
    } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        Some("a name can only contain ASCII letters, digits, `.`, `_` and `-`")
    } else if name.starts_with('.') {
        Some("a name must not start with `.`")
    } else if own(STATE_FILE)
        || SERVED_INSTANCES.into_iter().any(|instance| own(&endpoints_file_name(instance)))
    {
        Some("the fetch uses this name itself")
    } else {
        None
    }
}

/// The feed in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedSource {
    /// The Microsoft 365 endpoint sets of an instance.
    Endpoints {
        /// The instance.
        instance: Instance,
        /// The version that the web service announced.
        version: EndpointsVersion,
    },
    /// The feed at the user's address, usually Azure service tags.
    Download,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_or_loopback_and_shown_without_secrets() {
        for good in ["https://example.com/a", "http://127.0.0.1:1/", "http://localhost/", "http://[::1]:80/x"]
        {
            assert!(good.parse::<WebAddress>().is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "example.com",
            "http://127.0.0.1.example.com/",
        ] {
            assert!(bad.parse::<WebAddress>().is_err(), "{bad}");
        }
        let secret: WebAddress = "https://user:pass@example.com:8443/a.json?sig=secret#frag".parse().unwrap();
        assert_eq!(secret.to_string(), "https://example.com:8443/a.json?…");
        assert_eq!(format!("{secret:?}"), secret.to_string());
        let refused = "nonsense?sig=secret".parse::<WebAddress>().unwrap_err().to_string();
        assert!(!refused.contains("secret"), "{refused}");
    }

    #[test]
    fn queries_carry_the_client_request_id_and_nothing_of_the_base() {
        let id: ClientRequestId = "B10C5ED1-BAD1-445F-B386-B919946339A7".parse().unwrap();
        for base in [
            "https://endpoints.office.com",
            "https://endpoints.office.com/",
            "https://endpoints.office.com?x=1#y",
        ] {
            let base: WebAddress = base.parse().unwrap();
            assert_eq!(
                base.query(&["endpoints", "USGovDoD"], &id).url().as_str(),
                "https://endpoints.office.com/endpoints/USGovDoD?clientrequestid=b10c5ed1-bad1-445f-b386-b919946339a7"
            );
        }
        let mirror: WebAddress = "https://mirror.example/m365/".parse().unwrap();
        assert_eq!(mirror.query(&["version"], &id).to_string(), "https://mirror.example/m365/version?…");
    }

    #[test]
    fn redirects_keep_the_scheme_and_stay_safe() {
        let https: WebAddress = "https://example.com/a/b".parse().unwrap();
        assert_eq!(https.redirected("c").unwrap().to_string(), "https://example.com/a/c");
        assert_eq!(https.redirected("//cdn.example/c").unwrap().to_string(), "https://cdn.example/c");
        assert!(https.redirected("http://example.com/").is_err());
        assert!(https.redirected("http://127.0.0.1/").is_err());
        let local: WebAddress = "http://127.0.0.1/".parse().unwrap();
        assert!(local.redirected("/x").is_ok());
        assert!(local.redirected("http://example.com/").is_err());
        assert!(local.redirected("https://example.com/").is_err());
        assert!(local.redirected("http://[").is_err());
    }

    #[test]
    fn client_request_ids_are_guids() {
        assert_eq!(ClientRequestId::from_random([0; 16]).as_str(), "00000000-0000-4000-8000-000000000000");
        let ones = ClientRequestId::from_random([0xFF; 16]);
        assert_eq!(ones.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(ones.as_str().parse::<ClientRequestId>().unwrap(), ones);
        for bad in [
            "",
            "x",
            "ffffffff-ffff-4fff-bfff-fffffffffff",
            "ffffffff-ffff-4fff-bfff-ffffffffffff-",
            "gfffffff-ffff-4fff-bfff-ffffffffffff",
        ] {
            assert!(bad.parse::<ClientRequestId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn versions_are_ten_digits() {
        let version = EndpointsVersion::parse("2026053101").unwrap();
        assert_eq!((version.to_string().as_str(), version.date().as_str()), ("2026053101", "2026-05-31"));
        assert!(version > EndpointsVersion::parse("2026053100").unwrap());
        for bad in ["", "202605310", "20260531000", "+026053100", "2026-05-31"] {
            assert_eq!(EndpointsVersion::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_are_plain() {
        let address: WebAddress = "https://example.com/x/ServiceTags_Public.json?a=b".parse().unwrap();
        assert_eq!(Download::named_by_address(address.clone()).unwrap().name(), "ServiceTags_Public.json");
        for bad in
            ["", ".", "..", "a/b", "a\\b", ".hidden", "fetch.json", "FETCH.JSON", "endpoints_china.json", "ä"]
        {
            assert!(Download::new(bad, address.clone()).is_err(), "{bad}");
        }
    }
}
