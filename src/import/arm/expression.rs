//! Parses template expressions such as `[concat(parameters('prefix'), '-vnet')]`.
//!
//! An expression is first parsed into a tree and then evaluated; see Microsoft's pages on the syntax and functions of
//! templates. Values that are known only during a deployment (`reference`, `utcNow`, `newGuid`) are unknown here.

/// An expression, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Text(String),
    Number(i64),
    /// A function call: the name in lower case, and the arguments.
    Call(String, Vec<Expression>),
    /// `.name`
    Member(Box<Expression>, String),
    /// `[index]`
    Element(Box<Expression>, Box<Expression>),
}

/// The maximum nesting depth of an expression.
const MAX_DEPTH: usize = 64;

/// The meaning of a string in a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// The string itself.
    Literal(String),
    Expression(Expression),
    /// An expression that cannot be parsed.
    Broken,
}

/// Parses a string in a template. An expression is enclosed in brackets; `[[` at the start is a literal bracket.
pub(super) fn parse(text: &str) -> Text {
    let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Text::Literal(text.to_owned());
    };
    if let Some(literal) = text.strip_prefix("[[") {
        return Text::Literal(format!("[{literal}"));
    }
    let mut parser = Parser { rest: inside, depth: 0 };
    match parser.expression() {
        Some(expression) if parser.rest.trim().is_empty() => Text::Expression(expression),
        _ => Text::Broken,
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn expression(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.primary()?;
        loop {
            if self.eat('.') {
                left = Expression::Member(Box::new(left), self.word()?);
            } else if self.eat('[') {
                let index = self.expression()?;
                left = Expression::Element(Box::new(left), Box::new(index));
                self.eat(']').then_some(())?;
            } else {
                self.depth -= 1;
                return Some(left);
            }
        }
    }

    fn primary(&mut self) -> Option<Expression> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('\'') {
            return self.text().map(Expression::Text);
        }
        if self.rest.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-') {
            let end = self.rest.get(1..)?.find(|letter: char| !letter.is_ascii_digit());
            let (number, rest) = self.rest.split_at_checked(end.map_or(self.rest.len(), |end| end + 1))?;
            self.rest = rest;
            return number.parse().ok().map(Expression::Number);
        }
        let mut name = self.word()?;
        // The name of a user-defined function begins with a namespace.
        while self.eat('.') {
            name = format!("{name}.{}", self.word()?);
        }
        self.eat('(').then_some(())?;
        let mut arguments = Vec::new();
        while !self.eat(')') {
            arguments.push(self.expression()?);
            if !self.eat(',') {
                self.eat(')').then_some(())?;
                break;
            }
        }
        Some(Expression::Call(name.to_ascii_lowercase(), arguments))
    }

    /// Parses a quoted string; two quotes are a literal quote.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut rest = self.rest.strip_prefix('\'')?;
        loop {
            let (head, tail) = rest.split_once('\'')?;
            text.push_str(head);
            let Some(more) = tail.strip_prefix('\'') else {
                self.rest = tail;
                return Some(text);
            };
            text.push('\'');
            rest = more;
        }
    }

    fn word(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_-$".contains(letter));
        let (word, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn eat(&mut self, letter: char) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(letter);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expression: &Expression) -> String {
        match expression {
            Expression::Text(text) => format!("'{text}'"),
            Expression::Number(number) => number.to_string(),
            Expression::Call(name, arguments) => {
                let arguments = arguments.iter().map(shown).collect::<Vec<_>>();
                format!("{name}({})", arguments.join(" "))
            }
            Expression::Member(of, name) => format!("{}.{name}", shown(of)),
            Expression::Element(of, index) => format!("{}[{}]", shown(of), shown(index)),
        }
    }

    #[test]
    fn texts_and_expressions() {
        for (text, expected) in [
            ("plain", "plain"),
            ("[[bracket]", "[bracket]"),
            ("[not closed", "[not closed"),
            ("[parameters('a')]", "= parameters('a')"),
            ("[concat(variables('x').y[0], 'it''s', -1)]", "= concat(variables('x').y[0] 'it's' -1)"),
            ("[resourceId( 'a/b' , parameters('n') )]", "= resourceid('a/b' parameters('n'))"),
            ("[contoso.unique('a')]", "= contoso.unique('a')"),
            ("[concat()]", "= concat()"),
            ("[concat(]", "broken"),
            ("['a' 'b']", "broken"),
            ("[]", "broken"),
            ("[-]", "broken"),
        ] {
            let found = match parse(text) {
                Text::Literal(text) => text,
                Text::Expression(expression) => format!("= {}", shown(&expression)),
                Text::Broken => "broken".to_owned(),
            };
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(
            parse(&format!("[{}", "a(".repeat(100_000))),
            Text::Literal(format!("[{}", "a(".repeat(100_000)))
        );
        assert_eq!(parse(&format!("[{}]", "a(".repeat(100_000))), Text::Broken);
    }
}
