//! Finds the endpoint sets that list a host name. Names are compared, never resolved.

use super::{Catalog, EndpointSet};

/// A set and its pattern that matches a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostMatch<'a> {
    /// The set.
    pub set: &'a EndpointSet,
    /// The most specific of the set's patterns that match.
    pub pattern: &'a str,
}

impl HostMatch<'_> {
    /// Returns how specific the pattern is: a name without wildcards ranks above any pattern with wildcards.
    /// Otherwise, a longer pattern ranks higher.
    pub fn rank(&self) -> (bool, usize) {
        rank(self.pattern)
    }
}

pub(in crate::catalog) fn rank(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.bytes().filter(|byte| *byte != b'*').count())
}

impl Catalog {
    /// Returns the sets with a pattern that matches a host name, the most specific pattern first, then by
    /// instance and id. `*` matches any number of characters, including dots, as in `*.office.com`. Case is
    /// ignored.
    ///
    /// # Complexity
    ///
    /// Linear in the number of patterns in the lists, which is a few hundred.
    pub fn sets_of_host(&self, host: &str) -> Vec<HostMatch<'_>> {
        let host = host.to_ascii_lowercase();
        let mut found = Vec::new();
        for set in self.endpoint_sets() {
            let patterns = set.urls.iter().map(String::as_str).filter(|pattern| matches(pattern, &host));
            found.extend(
                patterns.max_by_key(|pattern| rank(pattern)).map(|pattern| HostMatch { set, pattern }),
            );
        }
        found.sort_by_key(|entry| (std::cmp::Reverse(entry.rank()), entry.set.instance, entry.set.id));
        found
    }
}

/// Returns whether a pattern, which may contain `*`, matches a lower-case host name.
pub(in crate::catalog) fn matches(pattern: &str, host: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| host.strip_prefix(head)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(tail) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_letters_and_dots() {
        for (pattern, host, fits) in [
            ("*.office.com", "www.office.com", true),
            ("*.office.com", "a.b.office.com", true),
            ("*.office.com", "office.com", false),
            ("*.office.com", "notoffice.com", false),
            ("admin.Microsoft.com", "admin.microsoft.com", true),
            ("admin.microsoft.com", "xadmin.microsoft.com", false),
            ("autodiscover.*.onmicrosoft.com", "autodiscover.contoso.onmicrosoft.com", true),
            ("autodiscover.*.onmicrosoft.com", "autodiscover.onmicrosoft.com", false),
            ("*cdn.onenote.net", "cdn.onenote.net", true),
            ("*", "anything", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, host), fits, "{pattern} {host}");
        }
    }
}
