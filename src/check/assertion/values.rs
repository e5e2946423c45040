//! Values used by both checks and intents: lists, words, numbers of addresses and bytes, dates.

use jiff::civil::Date;

use super::model::Moved;
use crate::addr::AddressCount;
use crate::diag::{Code, Source, Span, Spanned};
use crate::yaml::dialect::Dialect;
use crate::yaml::fields::{Fields, Reader, quoted};
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Kind, Node};

/// The name of a file of checks in messages, and the codes of errors in checks in any file.
pub(crate) const CHECKS_FILE: Dialect = Dialect {
    file: "file of checks",
    syntax: Code::CHECK_SYNTAX,
    duplicate_key: Code::CHECK_DUPLICATE_KEY,
    unknown_key: Code::CHECK_UNKNOWN_KEY,
    missing_key: Code::CHECK_MISSING_KEY,
    wrong_type: Code::CHECK_TYPE,
    value: Code::CHECK_VALUE,
    prefix: Code::CHECK_PREFIX,
    address: Code::CHECK_ADDRESS,
};

/// The version of the format of checks and intents that this program reads.
const VERSION: u32 = 1;

/// Whether a file has the supported version. Files of other versions are not interpreted.
pub(crate) fn version(reader: &mut Reader<'_>, fields: &Fields<'_>) -> bool {
    let Some(entry) = reader.required(fields, "version", "1") else { return true };
    let version = reader.number(&entry.value, entry.key.span, "`version`", &(0..=u32::MAX));
    let Some(version) = version.filter(|version| version.value != VERSION) else { return true };
    let message = format!(
        "the {} has version {}, which this program does not support",
        reader.dialect.file, version.value
    );
    let help = format!("this program supports version {VERSION}; a newer file needs a newer program");
    reader.error(Code::CHECK_VERSION, version.span, message, help);
    false
}

/// Returns one value, or the values of a list, which must not be empty.
pub(crate) fn one_or_many<'n>(reader: &mut Reader<'_>, entry: &'n Entry) -> Vec<&'n Node> {
    match &entry.value.kind {
        Kind::List(items) if items.is_empty() => {
            let message = format!("`{}` is empty", entry.key.value);
            reader.error(
                reader.dialect.value,
                entry.key.span,
                message,
                "list at least one value, or remove the key",
            );
            Vec::new()
        }
        Kind::List(items) => items.iter().collect(),
        _ => vec![&entry.value],
    }
}

/// Returns the texts of an optional key that accepts one text or a list of texts.
pub(crate) fn texts(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &str) -> Option<Vec<Spanned<String>>> {
    let entry = fields.get(key)?;
    let nodes = one_or_many(reader, entry);
    let what = format!("`{key}`");
    Some(nodes.into_iter().filter_map(|node| reader.text(node, entry.key.span, &what)).collect())
}

/// Returns the values of an optional key that accepts one or more words from a fixed list. If the key is missing, the
/// result is empty.
pub(crate) fn words<T: Copy>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Vec<T> {
    let texts = texts(reader, fields, key).unwrap_or_default();
    let known = texts.into_iter().filter_map(|text| {
        let found = all.iter().copied().find(|value| word(*value) == text.value);
        if found.is_none() {
            let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
            not_one_of(reader, key, &text, &words);
        }
        found
    });
    known.collect()
}

/// Returns the value of an optional key that accepts one word from a fixed list.
pub(crate) fn word<T: Copy>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Option<T> {
    let text = reader.optional_text(fields, key)?;
    let found = all.iter().copied().find(|value| name(*value) == text.value);
    if found.is_none() {
        let words: Vec<&str> = all.iter().map(|value| name(*value)).collect();
        not_one_of(reader, key, &text, &words);
    }
    found
}

fn not_one_of(reader: &mut Reader<'_>, key: &str, text: &Spanned<String>, allowed: &[&str]) {
    let help = match nearest(&text.value, allowed.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("use one of {}", quoted(allowed)),
    };
    let message = format!("`{}` is not a valid value of `{key}`", text.value);
    reader.error(reader.dialect.value, text.span, message, help);
}

/// Reports an unknown name.
pub(crate) fn no_such<'k>(
    reader: &mut Reader<'_>,
    what: &str,
    text: &Spanned<String>,
    known: impl IntoIterator<Item = &'k str>,
    otherwise: &str,
) {
    let help = match nearest(&text.value, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => otherwise.to_owned(),
    };
    reader.error(Code::CHECK_REFERENCE, text.span, format!("there is no {what} `{}`", text.value), help);
}

/// Reads the last day of a waiver.
pub(crate) fn date(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Date> {
    // The parser would also accept a time of day.
    let date = text.value.parse().ok().filter(|_| text.value.len() == "2026-12-31".len());
    if date.is_none() {
        let message = format!("`{}` is not a date", text.value);
        reader.error(reader.dialect.value, text.span, message, "write the date as `2026-12-31`");
    }
    date
}

/// Reads a number of addresses: digits, or a power of two up to `2^128`.
pub(crate) fn addresses(reader: &mut Reader<'_>, entry: &Entry) -> Option<AddressCount> {
    let count = match &entry.value.kind {
        Kind::Scalar { text, .. } => parse_addresses(text),
        _ => None,
    };
    if count.is_none() {
        let what = format!("`{}` must be a number of addresses", entry.key.value);
        let help = "write digits, such as `4096`, or a power of two, such as `2^64`";
        match &entry.value.kind {
            Kind::Scalar { text, .. } => {
                let message = format!("`{text}` is not a number of addresses");
                reader.error(reader.dialect.value, entry.value.span, message, help);
            }
            _ => reader.wrong_type(&entry.value, entry.key.span, &what, help),
        }
    }
    count
}

fn parse_addresses(text: &str) -> Option<AddressCount> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix("2^") {
        Some(exponent) if digits(exponent) => {
            exponent.parse().ok().filter(|exponent| *exponent <= 128).map(AddressCount::power_of_two)
        }
        None if digits(text) => text.parse::<u128>().ok().map(AddressCount::from),
        _ => None,
    }
}

/// Reads a limit on bytes: `500 MB` (decimal units), or a share, `0.5%`.
pub(crate) fn moved(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Moved> {
    let bound = parse_moved(&text.value);
    if bound.is_none() {
        let message = format!("`{}` is not a limit on bytes", text.value);
        let help = "write a number with its unit, such as `500 MB`, or a share of the captured bytes, such as `0.5%`";
        reader.error(reader.dialect.value, text.span, message, help);
    }
    bound
}

fn parse_moved(text: &str) -> Option<Moved> {
    let text = text.trim();
    if let Some(figure) = text.strip_suffix('%') {
        let millionths = decimal(figure.trim_end(), 4)?;
        return u32::try_from(millionths).ok().filter(|share| *share <= 1_000_000).map(Moved::Millionths);
    }
    // Longer units come first, because all of them end in the shortest one.
    let units = [("TB", 12), ("GB", 9), ("MB", 6), ("kB", 3), ("B", 0)];
    let (figure, digits) =
        units.iter().find_map(|(unit, digits)| Some((text.strip_suffix(unit)?, *digits)))?;
    decimal(figure.trim_end(), digits).map(Moved::Bytes)
}

/// Multiplies a decimal number by a power of ten, exactly; `None` if the result is not a whole number.
fn decimal(figure: &str, places: u32) -> Option<u64> {
    let (whole, fraction) = figure.split_once('.').unwrap_or((figure, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = if fraction.len() > 1 { fraction.trim_end_matches('0') } else { fraction };
    let fraction = if fraction.is_empty() || fraction == "0" { "" } else { fraction };
    let length = u32::try_from(fraction.len()).ok().filter(|length| *length <= places)?;
    if !digits(whole) || !(fraction.is_empty() || digits(fraction)) {
        return None;
    }
    let part = if fraction.is_empty() { 0 } else { fraction.parse::<u64>().ok()? };
    let whole = whole.parse::<u64>().ok()?.checked_mul(10_u64.pow(places))?;
    whole.checked_add(part.checked_mul(10_u64.pow(places - length))?)
}

/// Returns a place in the file that is being read.
pub(crate) fn place(source: &Source, span: Span) -> crate::check::FindingPlace {
    crate::check::FindingPlace { source: source.clone(), span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_addresses_and_bytes() {
        for (text, count) in [
            ("0", Some(AddressCount::ZERO)),
            ("4096", Some(AddressCount::from(4096))),
            ("2^128", Some(AddressCount::power_of_two(128))),
            ("2^129", None),
            ("2^", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
        ] {
            assert_eq!(parse_addresses(text), count, "{text}");
        }
        for (text, bound) in [
            ("500 MB", Some(Moved::Bytes(500_000_000))),
            ("1.5kB", Some(Moved::Bytes(1500))),
            ("0 B", Some(Moved::Bytes(0))),
            ("0.5%", Some(Moved::Millionths(5000))),
            ("100 %", Some(Moved::Millionths(1_000_000))),
            ("0.00001%", None),
            ("101%", None),
            ("1.5 B", None),
            ("5", None),
            (".5%", None),
            ("99999999999 TB", None),
        ] {
            assert_eq!(parse_moved(text), bound, "{text}");
        }
        assert_eq!(Moved::Millionths(5000).to_string(), "0.5 % of the captured bytes");
        assert_eq!(Moved::Millionths(1_000_000).to_string(), "100 % of the captured bytes");
    }
}
