//! The name that was probably meant.

/// The nearest of the known names, or `None` where none is near; of equally near ones the first.
///
/// Near: at most a third of the letters wrong (insertion, removal, change, swap), at least one
/// allowed; letter case and spaces do not count.
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

/// Lower case, without white space.
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
