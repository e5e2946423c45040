//! Suggests the name that was probably intended.

/// Returns the known name that is nearest to a text, or `None` if no name is near. Among equally near names, the
/// first wins.
///
/// A name is near if at most a third of its letters, but at least one, are wrong (insertion, deletion, substitution,
/// transposition). Case and spaces are ignored.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = squeeze(text);
    let limit = (text.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&text, &squeeze(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns the text in lower case, without white space.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_only() {
        let known = ["Amsterdam", "Amsterdam2", "London"];
        assert_eq!(nearest("amsterdm", known), Some("Amsterdam"));
        assert_eq!(nearest("Lodnon", known), Some("London"));
        assert_eq!(nearest("Paris", known), None);
        assert_eq!(nearest("", known), None);
    }
}
