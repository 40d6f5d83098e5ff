//! JSON as protojson reads it: token by token, with the position and the text of each, duplicates kept
//! (§2.1).
//!
//! Reading stops at the first syntax error. What was read until then is kept, because an error of meaning at
//! an earlier token is the one that the server reports.

/// Why a body is refused, and where. The text is that of protojson without the position and without the token
/// at its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonError {
    at: usize,
    /// Where the token ends that the text is about, if it is about one.
    end: usize,
    kind: ErrorKind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ErrorKind {
    /// The grammar of JSON, or a token that cannot be where a message, list or map is expected.
    Syntax,
    /// A value of the wrong type.
    Value,
    /// The input ends too soon.
    End,
}

impl JsonError {
    pub(crate) fn value(at: usize, text: String) -> JsonError {
        JsonError { at, end: at, kind: ErrorKind::Value, text }
    }

    /// The first in reading order.
    pub(crate) fn first(errors: impl IntoIterator<Item = JsonError>) -> Option<JsonError> {
        errors.into_iter().min_by_key(|error| error.at)
    }

    /// As protojson writes it: lines and columns count from 1, columns in characters.
    pub(crate) fn message(&self, source: &str) -> String {
        let before = source.get(..self.at).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let text = format!("{}{}", self.text, source.get(self.at..self.end).unwrap_or_default());
        match self.kind {
            ErrorKind::Syntax => format!("syntax error (line {line}:{column}): {text}"),
            ErrorKind::Value => format!("(line {line}:{column}): {text}"),
            ErrorKind::End => text,
        }
    }
}

/// A value, and where its first token begins and ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) value: NodeValue,
}

impl Node {
    /// The error of a token that cannot be here.
    pub(crate) fn unexpected(&self) -> JsonError {
        unexpected(self.at, self.end)
    }

    /// The error of a value of the wrong type.
    pub(crate) fn wrong_type(&self, expected: &str) -> JsonError {
        let text = format!("invalid value for {expected} type: ");
        JsonError { end: self.end, ..JsonError::value(self.at, text) }
    }
}

/// Numbers are kept as a fact only: no field of the API is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeValue {
    Null,
    Bool(bool),
    Number,
    Text(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
    /// Came from the query and overrides the body (§1.2).
    Query(String),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) at: usize,
    pub(crate) key: String,
    pub(crate) node: Node,
}

fn unexpected(at: usize, end: usize) -> JsonError {
    JsonError { at, end, kind: ErrorKind::Syntax, text: "unexpected token ".to_owned() }
}

/// The tree that was read, and the error at which reading stopped.
pub(crate) fn parse(source: &str) -> (Option<Node>, Option<JsonError>) {
    let mut parser = Parser { source, at: 0, error: None, depth: 0 };
    let node = parser.value();
    if parser.error.is_none() && parser.next().is_some() {
        parser.unexpected_token::<()>();
    }
    (node, parser.error)
}

struct Parser<'s> {
    source: &'s str,
    at: usize,
    error: Option<JsonError>,
    depth: usize,
}

/// How many lists and objects may lie in each other. protojson's limit of 10,000 needs a larger stack than a
/// thread has; bodies of the API need a dozen.
const DEPTH: usize = 500;

impl<'s> Parser<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// The first character behind space, which is skipped.
    fn next(&mut self) -> Option<char> {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().bytes().take_while(is_space).count();
        self.rest().chars().next()
    }

    /// Remembers the error; the callers return what they have.
    fn fail<T>(&mut self, error: JsonError) -> Option<T> {
        self.error.get_or_insert(error);
        None
    }

    fn fail_here<T>(&mut self, text: String) -> Option<T> {
        let error = JsonError { at: self.at, end: self.at, kind: ErrorKind::Syntax, text };
        self.fail(error)
    }

    fn fail_at_end<T>(&mut self) -> Option<T> {
        let text = "unexpected EOF".to_owned();
        let at = self.source.len();
        self.fail(JsonError { at, end: at, kind: ErrorKind::End, text })
    }

    /// `invalid value` and the word or the character.
    fn invalid<T>(&mut self) -> Option<T> {
        let word = |c: char| c.is_ascii_alphanumeric() || "-+._".contains(c);
        let rest = self.rest();
        let length = rest.chars().take(32).take_while(|c| word(*c)).count();
        let found: String = rest.chars().take(length.max(1)).collect();
        self.fail_here(format!("invalid value {found}"))
    }

    /// The next token is where it cannot be.
    fn unexpected_token<T>(&mut self) -> Option<T> {
        let at = self.at;
        match self.rest().chars().next() {
            None => self.fail_at_end(),
            Some('{' | '}' | '[' | ']' | ',') => self.fail(unexpected(at, at + 1)),
            Some(_) => {
                let node = self.scalar()?;
                self.fail(node.unexpected())
            }
        }
    }

    fn value(&mut self) -> Option<Node> {
        match self.next() {
            None => self.fail_at_end(),
            Some('{') => Some(self.object()),
            Some('[') => Some(self.array()),
            Some('}' | ']' | ',') => self.unexpected_token(),
            Some(_) => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Option<Node> {
        let at = self.at;
        let value = if self.rest().starts_with('"') { NodeValue::Text(self.text()?) } else { self.word()? };
        Some(Node { at, end: self.at, value })
    }

    fn word(&mut self) -> Option<NodeValue> {
        let rest = self.rest();
        let length = rest.len()
            - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-+._".contains(c)).len();
        let value = match &rest[..length] {
            "null" => NodeValue::Null,
            "true" => NodeValue::Bool(true),
            "false" => NodeValue::Bool(false),
            number if serde_json::from_str::<serde_json::Number>(number).is_ok() => NodeValue::Number,
            _ => return self.invalid(),
        };
        self.at += length;
        Some(value)
    }

    fn text(&mut self) -> Option<String> {
        let rest = self.rest();
        // What decides is ASCII, so that bytes do instead of characters.
        let plain = rest.bytes().skip(1).take_while(|byte| !matches!(byte, b'"' | b'\\' | ..b' ')).count();
        if rest.as_bytes().get(plain + 1) == Some(&b'"') {
            self.at += plain + 2;
            return Some(rest[1..=plain].to_owned());
        }
        let mut escaped = false;
        for (index, c) in rest.char_indices().skip(1) {
            match c {
                '"' if !escaped => {
                    let Ok(text) = serde_json::from_str(&rest[..=index]) else {
                        return self.fail_here("invalid escape code in string".to_owned());
                    };
                    self.at += index + 1;
                    return Some(text);
                }
                c if c < ' ' => {
                    self.at += index;
                    return self.fail_here(format!("invalid character '{}' in string", c.escape_default()));
                }
                _ => escaped = c == '\\' && !escaped,
            }
        }
        self.fail_at_end()
    }

    fn object(&mut self) -> Node {
        let at = self.at;
        let members = self.elements('}', Parser::member);
        Node { at, end: at + 1, value: NodeValue::Object(members) }
    }

    fn member(&mut self) -> Option<Member> {
        let next = self.next();
        let at = self.at;
        if next != Some('"') {
            return self.unexpected_token();
        }
        let key = self.text()?;
        match self.next() {
            Some(':') => self.at += 1,
            Some(c) => {
                return self.fail_here(format!("unexpected character {c}, missing \":\" after field name"));
            }
            None => return self.fail_at_end(),
        }
        let node = self.value()?;
        Some(Member { at, key, node })
    }

    fn array(&mut self) -> Node {
        let at = self.at;
        let items = self.elements(']', Parser::value);
        Node { at, end: at + 1, value: NodeValue::Array(items) }
    }

    /// What is between an opening token and its closing one.
    fn elements<T>(&mut self, closing: char, element: impl Fn(&mut Self) -> Option<T>) -> Vec<T> {
        let mut elements = Vec::new();
        if self.depth == DEPTH {
            self.unexpected_token::<T>();
            return elements;
        }
        self.depth += 1;
        self.at += 1;
        if self.next() == Some(closing) {
            self.at += 1;
        } else {
            while let Some(element) = element(self) {
                elements.push(element);
                if self.error.is_some() || !self.goes_on(closing) {
                    break;
                }
            }
        }
        self.depth -= 1;
        elements
    }

    /// After an element: whether a comma follows. The closing token ends it well.
    fn goes_on(&mut self, closing: char) -> bool {
        match self.next() {
            Some(',') => {
                self.at += 1;
                true
            }
            Some(c) if c == closing => {
                self.at += 1;
                false
            }
            _ => self.unexpected_token().unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeValue, parse};

    fn error(source: &str) -> String {
        parse(source).1.map_or_else(|| "none".to_owned(), |error| error.message(source))
    }

    #[test]
    fn syntax_errors_have_the_position_of_their_token() {
        let found = [
            r#"{"a":1,}"#,
            "{\"a\":\n  x}",
            r#"{"a" 1}"#,
            r#"{"a":"#,
            r#"{"a":1} 2"#,
            r#"[1 2]"#,
            "{\"a\":\"\u{1}\"}",
            r#"{"ü": }"#,
            r#"{"a":01}"#,
            r#"{1:2}"#,
            "",
        ]
        .map(error);
        insta::assert_snapshot!(found.join("\n"), @r#"
        syntax error (line 1:8): unexpected token }
        syntax error (line 2:3): invalid value x
        syntax error (line 1:6): unexpected character 1, missing ":" after field name
        unexpected EOF
        syntax error (line 1:9): unexpected token 2
        syntax error (line 1:4): unexpected token 2
        syntax error (line 1:7): invalid character '\u{1}' in string
        syntax error (line 1:7): unexpected token }
        syntax error (line 1:6): invalid value 01
        syntax error (line 1:2): unexpected token 1
        unexpected EOF
        "#);
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| error(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
        assert_eq!(nested(500), "none");
        assert_eq!(nested(100_000), "syntax error (line 1:501): unexpected token [");
    }

    #[test]
    fn what_was_read_before_an_error_is_kept() {
        let (node, error) = parse(r#"{"a":"x","b":["#);
        let Some(NodeValue::Object(members)) = node.map(|node| node.value) else { panic!("an object") };
        assert_eq!(members.iter().map(|member| member.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(error.is_some());
    }
}
