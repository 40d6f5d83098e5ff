//! Reads a GraphQL query: one operation with fields, aliases, arguments and variables. No fragments, no
//! directives.

use serde_json::{Map, Value as Json};

/// A field that is asked for.
#[derive(Debug, PartialEq)]
pub(in super::super) struct Field {
    pub(super) alias: String,
    pub(super) name: String,
    arguments: Map<String, Json>,
    pub(super) fields: Vec<Field>,
}

impl Field {
    pub(super) fn argument(&self, name: &str) -> Option<&Json> {
        self.arguments.get(name)
    }

    /// The text of an argument; empty if it is not given.
    pub(super) fn text(&self, name: &str) -> &str {
        self.argument(name).and_then(Json::as_str).unwrap_or_default()
    }
}

/// The fields of the query, with the values of its variables in them.
///
/// # Errors
/// GitLab's message.
pub(in super::super) fn parse(query: &str, variables: &Json) -> Result<Vec<Field>, String> {
    const LONGEST: usize = 10_000;
    if query.len() > LONGEST {
        return Err("Query too large".to_owned());
    }
    let mut parser = Parser { rest: query, variables };
    if parser.word().as_deref() == Some("query") {
        let _ = parser.word();
        if parser.take("(") {
            let end = parser.rest.find(')').ok_or_else(|| parser.unexpected())?;
            parser.rest = &parser.rest[end + 1..];
        }
    }
    let fields = parser.fields()?;
    parser.skip();
    if parser.rest.is_empty() { Ok(fields) } else { Err(parser.unexpected()) }
}

struct Parser<'a> {
    rest: &'a str,
    variables: &'a Json,
}

impl Parser<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }

    fn take(&mut self, mark: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: &str) -> Result<(), String> {
        if self.take(mark) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let next: String = self.rest.chars().take(10).collect();
        format!("Parse error on {next:?}")
    }

    fn word(&mut self) -> Option<String> {
        self.skip();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn fields(&mut self) -> Result<Vec<Field>, String> {
        self.expect("{")?;
        let mut fields = Vec::new();
        while !self.take("}") {
            let mut name = self.word().ok_or_else(|| self.unexpected())?;
            let alias = name.clone();
            if self.take(":") {
                name = self.word().ok_or_else(|| self.unexpected())?;
            }
            let mut arguments = Map::new();
            if self.take("(") {
                while !self.take(")") {
                    let name = self.word().ok_or_else(|| self.unexpected())?;
                    self.expect(":")?;
                    arguments.insert(name, self.value()?);
                }
            }
            self.skip();
            let fields_of_it = if self.rest.starts_with('{') { self.fields()? } else { Vec::new() };
            fields.push(Field { alias, name, arguments, fields: fields_of_it });
        }
        Ok(fields)
    }

    fn value(&mut self) -> Result<Json, String> {
        if self.take("$") {
            let name = self.word().ok_or_else(|| self.unexpected())?;
            return Ok(self.variables.get(&name).cloned().unwrap_or_default());
        }
        if self.take("[") {
            let mut items = Vec::new();
            while !self.take("]") {
                items.push(self.value()?);
            }
            return Ok(Json::Array(items));
        }
        // Numbers, texts and words are written as in JSON.
        self.skip();
        if !self.rest.starts_with('"') {
            let word = self.word().ok_or_else(|| self.unexpected())?;
            return serde_json::from_str(&word).map_err(|_| self.unexpected());
        }
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<Json>();
        let value = values.next().and_then(Result::ok).ok_or_else(|| self.unexpected())?;
        self.rest = &self.rest[values.byte_offset()..];
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_with_variables_aliases_and_arguments() {
        let query =
            "query q($a: ID!, $p: [String!]!) {\n  x: group(fullPath: $a) { name }\n  b(paths: $p, n: 3) }";
        let fields = parse(query, &serde_json::json!({"a": "shop", "p": ["x"]})).unwrap();
        assert_eq!((fields[0].alias.as_str(), fields[0].name.as_str()), ("x", "group"));
        assert_eq!(fields[0].text("fullPath"), "shop");
        assert_eq!(fields[0].fields[0].name, "name");
        assert_eq!(fields[1].argument("n"), Some(&serde_json::json!(3)));
        assert_eq!(fields[1].argument("paths"), Some(&serde_json::json!(["x"])));
        assert!(parse("query { a(", &Json::Null).is_err());
    }
}
