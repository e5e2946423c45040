//! Parses Terraform addresses such as `module.net["eu"].azurerm_subnet.apps[0]`, and references in expressions.

/// The index after a name, such as `["eu"]` or `[0]`, as written between the brackets.
type Index = Option<String>;

/// One step of an address or a reference: a name and its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) index: Index,
}

/// Splits an address or a reference at dots outside brackets. Text after an unclosed bracket is part of the index.
pub(super) fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, mut tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let mut index = None;
        while let Some(inside) = tail.strip_prefix('[') {
            let close = closing(inside);
            let (inner, after) = inside.split_at_checked(close).unwrap_or((inside, ""));
            index.get_or_insert_with(|| inner.to_owned());
            tail = after.strip_prefix(']').unwrap_or(after);
        }
        steps.push(Step { name: name.to_owned(), index });
        let next = tail.strip_prefix('.').unwrap_or(tail);
        // Stops at malformed text; otherwise, the loop would never end.
        rest = if next.len() < rest.len() { next } else { "" };
    }
    steps
}

/// Returns the position of the closing bracket, ignoring quoted text.
fn closing(inside: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, letter) in inside.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return at,
            _ => {}
        }
    }
    inside.len()
}

/// Returns the modules that contain a resource: for `module.a["x"].module.b.t.n` the steps `a["x"]` and `b`.
pub(super) fn modules(address: &str) -> Vec<Step> {
    let mut steps = steps(address).into_iter();
    let mut found = Vec::new();
    while let Some(step) = steps.next() {
        if step.name != "module" || step.index.is_some() {
            break;
        }
        found.extend(steps.next());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(steps: &[Step]) -> String {
        let one = |step: &Step| match &step.index {
            Some(index) => format!("{}<{index}>", step.name),
            None => step.name.clone(),
        };
        steps.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn addresses_come_apart() {
        for (text, expected, inside) in [
            ("azurerm_subnet.apps", "azurerm_subnet apps", ""),
            ("azurerm_subnet.apps[0]", "azurerm_subnet apps<0>", ""),
            (
                "module.net[\"a.b]\"].azurerm_subnet.s[\"x\"]",
                "module net<\"a.b]\"> azurerm_subnet s<\"x\">",
                "net<\"a.b]\">",
            ),
            ("module.a.module.b[1].t.n.id", "module a module b<1> t n id", "a b<1>"),
            ("each.key", "each key", ""),
            ("", "", ""),
            ("[", "<>", ""),
            ("a[\"", "a<\">", ""),
        ] {
            assert_eq!(shown(&steps(text)), expected, "{text}");
            assert_eq!(shown(&modules(text)), inside, "{text}");
        }
    }
}
