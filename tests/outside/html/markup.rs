//! Just enough of HTML to see that a page is well formed: as our writer makes it, which is stricter than browsers ask.

/// Elements without an end.
const VOID: [&str; 4] = ["meta", "br", "img", "link"];
/// Elements whose text is not markup.
const RAW: [&str; 1] = ["style"];

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Every start tag, where each has its end in the right place and every `<` begins a tag.
pub(crate) fn tags(page: &str) -> Result<Vec<Tag>, String> {
    let mut tags = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix('/') {
            let (name, after) = after.split_once('>').ok_or("an end tag does not end")?;
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("</{name}> ends {last:?}"));
            }
            rest = after;
            continue;
        }
        let (tag, after) = start_tag(rest)?;
        rest = after;
        if RAW.contains(&tag.name.as_str()) {
            rest = &rest[rest.find("</").ok_or("a style does not end")?..];
        }
        if !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    if open.is_empty() { Ok(tags) } else { Err(format!("{open:?} do not end")) }
}

/// The tag after its `<`, and what follows its `>`.
fn start_tag(text: &str) -> Result<(Tag, &str), String> {
    let end = text.find([' ', '>']).ok_or("a tag does not end")?;
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() || !name.chars().all(|one| one.is_ascii_alphanumeric()) {
        return Err(format!("<{name} is no tag"));
    }
    let mut tag = Tag { name: name.to_owned(), attributes: Vec::new() };
    while let Some(after) = rest.strip_prefix(' ') {
        let (key, after) = after.split_once("=\"").ok_or("an attribute has no value")?;
        let (value, after) = after.split_once('"').ok_or("a value does not end")?;
        if tag.attribute(key).is_some() || value.contains('<') {
            return Err(format!("<{name}> has a bad attribute `{key}`"));
        }
        tag.attributes.push((key.to_owned(), value.to_owned()));
        rest = after;
    }
    let rest = rest.strip_prefix('>').ok_or_else(|| format!("<{name}> does not end"))?;
    Ok((tag, rest))
}
