//! The addresses in a file without parsing it, for completion: a shell waits for them at each key.
//!
//! Only the plainest way of writing is understood: block mappings, flow mappings, and names that are plain
//! words. Invariant: of a file that the loader accepts, the addresses are those that it finds, or `None`,
//! which means that the file has to be loaded.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::resource::schema::{Kind, Scope};
use crate::resource::{Address, kinds};

use super::envelope::API_VERSION;
use super::manifest;

/// The addresses of the documents of a text.
pub(super) fn addresses(text: &str) -> Option<Vec<Address>> {
    if text.contains('\t') || text.starts_with(['\u{feff}', '%', '{']) {
        return None;
    }
    let mut scan = Scan { rest: text };
    let mut found = Vec::new();
    loop {
        found.extend(document(&mut scan)?);
        if scan.rest.is_empty() {
            return Some(found);
        }
        if scan.rest_of_line() != "---" {
            return None;
        }
    }
}

/// The address of the next document; nothing, if there is nothing in it.
fn document(scan: &mut Scan<'_>) -> Option<Option<Address>> {
    let (mut version, mut kind, mut names, mut metadata) = Default::default();
    let mut is_empty = true;
    while let Some(key) = scan.key(0)? {
        is_empty = false;
        match key {
            "apiVersion" => put(&mut version, scan.rest_of_line())?,
            "kind" => put(&mut kind, scan.word(0)?)?,
            "spec" => put(&mut names, scan.names(is_of_address)?)?,
            "metadata" => put(&mut metadata, scan.names(|key| key == "name")?)?,
            _ => return None,
        }
    }
    match (version, kind, names) {
        (Some(API_VERSION), Some(kind), Some(mut names)) => {
            // The name in the spec comes first, and is found first.
            names.extend(metadata.unwrap_or_default());
            address(kinds::find(kind)?, &names).map(Some)
        }
        _ => is_empty.then_some(None),
    }
}

/// Sets what must not be set twice.
fn put<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// Keys and words of a spec that may be part of an address.
type Names<'t> = Vec<(&'t str, &'t str)>;

fn address(kind: &'static Kind, names: &Names<'_>) -> Option<Address> {
    let find = |key: &str| names.iter().find(|(other, _)| *other == key).map(|(_, word)| *word);
    let is_valid = |name: &str, kind: &Kind| manifest::check_name(name, kind).is_ok();
    let name = find("name").filter(|name| is_valid(name, kind))?;
    match kind.scope {
        Scope::Tenant => Some(Address::of_tenant(kind, name)),
        Scope::Product => {
            let product = kind.names.product_keys.iter().find_map(|key| find(key))?;
            is_valid(product, kinds::owner()).then(|| Address::of_product(kind, product, name))
        }
    }
}

/// The keys of a spec that may be part of an address, of whatever kind: a spec may come before its kind.
static KEYS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let of_products = kinds::KINDS.iter().flat_map(|kind| kind.names.product_keys);
    let each_once: BTreeSet<&str> = of_products.copied().chain(["name"]).collect();
    each_once.into_iter().collect()
});

fn is_of_address(key: &str) -> bool {
    KEYS.contains(&key)
}

fn add<'t>(names: &mut Names<'t>, key: &'t str, word: &'t str) -> Option<()> {
    let is_new = names.iter().all(|(other, _)| *other != key);
    names.push((key, word));
    is_new.then_some(())
}

/// A word that is text for certain, and as it stands.
fn plain_word(text: &str) -> Option<&str> {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    let is_null = text.eq_ignore_ascii_case("null");
    let is_word = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(is_plain);
    (is_word && !is_null).then_some(text)
}

/// What is left of a line is nothing, or a comment.
fn is_end(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
    text.is_empty() || text.starts_with(['\n', '#'])
}

/// What is left of a text.
struct Scan<'t> {
    rest: &'t str,
}

impl<'t> Scan<'t> {
    fn line(&self) -> &'t str {
        self.rest.split_once('\n').map_or(self.rest, |(line, _)| line).trim_end()
    }

    /// The indentation of the next line that holds something; those before it are skipped. Nothing at the end of
    /// the document.
    fn indent(&mut self) -> Option<usize> {
        while !self.rest.is_empty() && !self.rest.starts_with("---") && !self.rest.starts_with("...") {
            let content = self.rest.trim_start_matches(' ');
            if !is_end(content) {
                return Some(self.rest.len() - content.len());
            }
            self.rest_of_line();
        }
        None
    }

    /// The next key of the mapping with this indentation, up to its value; nothing where the mapping ends.
    fn key(&mut self, indent: usize) -> Option<Option<&'t str>> {
        match self.indent() {
            Some(found) if found > indent => return None,
            Some(found) if found == indent => {}
            _ => return Some(None),
        }
        self.rest = &self.rest[indent..];
        let key = self.key_here()?;
        self.rest = self.rest.trim_start_matches(' ');
        Some(Some(key))
    }

    /// A key and its colon.
    fn key_here(&mut self) -> Option<&'t str> {
        let end = self.rest.bytes().position(|byte| !byte.is_ascii_alphabetic() && byte != b'_')?;
        let (key, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix(':')?;
        let is_key = !key.is_empty() && (self.rest.is_empty() || self.rest.starts_with([' ', '\n', '\r']));
        is_key.then_some(key)
    }

    fn rest_of_line(&mut self) -> &'t str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line.trim_end()
    }

    /// A value that is a word on one line.
    fn word(&mut self, indent: usize) -> Option<&'t str> {
        let line = self.rest_of_line();
        let (text, comment) = line.split_once(' ').unwrap_or((line, ""));
        // What is further in goes on with it.
        let is_one = is_end(comment) && self.indent().is_none_or(|next| next <= indent);
        unquoted(text).filter(|_| is_one)
    }

    /// Skips the value of a key with this indentation.
    fn skip(&mut self, indent: usize) -> Option<()> {
        match self.rest.as_bytes().first() {
            Some(b'{' | b'[') => {
                self.skip_flow()?;
                return is_end(self.rest_of_line()).then_some(());
            }
            Some(quote @ (b'"' | b'\'')) => {
                self.skip_quoted(char::from(*quote))?;
                return is_end(self.rest_of_line()).then_some(());
            }
            Some(b'&' | b'*' | b'!' | b'?' | b'@' | b'`' | b'%') => return None,
            _ => {}
        }
        self.rest_of_line();
        while let Some(next) = self.indent() {
            let is_item = || self.rest[next..].starts_with("- ") || self.line().trim_start() == "-";
            if next < indent || next == indent && !is_item() {
                break;
            }
            self.rest_of_line();
        }
        Some(())
    }

    /// Skips a quoted text without escapes on one line.
    fn skip_quoted(&mut self, quote: char) -> Option<()> {
        let inner = self.rest.strip_prefix(quote)?;
        let (text, rest) = inner.split_once(quote)?;
        self.rest = rest;
        (!text.contains(['\n', '\\']) && !rest.starts_with(quote)).then_some(())
    }

    /// Skips a flow mapping or sequence.
    fn skip_flow(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        let mut before = b' ';
        let is_special =
            |c| matches!(c, b'{' | b'[' | b'}' | b']' | b'#' | b'&' | b'*' | b'!' | b'"' | b'\'');
        loop {
            let at = self.rest.bytes().position(is_special)?;
            let bytes = self.rest.as_bytes();
            before = at.checked_sub(1).map_or(before, |at| bytes[at]);
            let found = bytes[at];
            self.rest = &self.rest[at..];
            match found {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                b'"' | b'\'' if !b" \n{[,:".contains(&before) => {}
                b'"' | b'\'' => {
                    self.skip_quoted(char::from(found))?;
                    before = found;
                    continue;
                }
                _ => return None,
            }
            before = found;
            self.rest = &self.rest[1..];
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// The words of a mapping under these keys.
    fn names(&mut self, is_wanted: fn(&str) -> bool) -> Option<Names<'t>> {
        if self.rest.starts_with('{') {
            return self.names_in_flow(is_wanted);
        }
        if !is_end(self.rest_of_line()) {
            return None;
        }
        let indent = self.indent().filter(|indent| *indent > 0)?;
        let mut names = Names::new();
        while let Some(key) = self.key(indent)? {
            if is_wanted(key) {
                add(&mut names, key, self.word(indent)?)?;
            } else {
                self.skip(indent)?;
            }
        }
        Some(names)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r']);
    }

    /// Where a word of a flow mapping ends.
    fn end_in_flow(&self) -> Option<usize> {
        self.rest.bytes().position(|byte| matches!(byte, b',' | b'}'))
    }

    fn names_in_flow(&mut self, is_wanted: fn(&str) -> bool) -> Option<Names<'t>> {
        let mut names = Names::new();
        self.rest = self.rest.strip_prefix('{')?;
        loop {
            self.skip_space();
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                return is_end(self.rest_of_line()).then_some(names);
            }
            let key = self.key_here()?;
            self.skip_space();
            if is_wanted(key) {
                let end = self.end_in_flow()?;
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                add(&mut names, key, unquoted(word.trim_end())?)?;
            } else {
                self.skip_flow_value()?;
            }
            self.skip_space();
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None if self.rest.starts_with('}') => {}
                None => return None,
            }
        }
    }

    fn skip_flow_value(&mut self) -> Option<()> {
        match self.rest.as_bytes().first()? {
            b'{' | b'[' => self.skip_flow(),
            quote @ (b'"' | b'\'') => self.skip_quoted(char::from(*quote)),
            _ => {
                let end = self.end_in_flow()?;
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                (!text.contains(['{', '[', '#', '&', '*', '!'])).then_some(())
            }
        }
    }
}

/// A plain word, or one in quotes.
fn unquoted(text: &str) -> Option<&str> {
    let inside = |quote| text.strip_prefix(quote).and_then(|text: &str| text.strip_suffix(quote));
    plain_word(inside('"').or_else(|| inside('\'')).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::load::{LoadOptions, Manifests};

    const HEAD: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\n";

    fn scanned(text: &str) -> Option<Vec<String>> {
        Some(addresses(text)?.iter().map(ToString::to_string).collect())
    }

    fn loaded(text: &str) -> Vec<String> {
        let manifests = Manifests::default().load_text("a.yaml", text, &LoadOptions::default());
        manifests.resources.iter().map(|resource| resource.address.to_string()).collect()
    }

    #[track_caller]
    fn both(text: &str) -> Vec<String> {
        let found = scanned(text).unwrap_or_else(|| panic!("it is plain: {text}"));
        assert_eq!(found, loaded(text), "{text}");
        found
    }

    #[test]
    fn plain_manifests_are_scanned() {
        let block = format!(
            "# a fleet\n---\n{HEAD}kind: Project # one\nmetadata:\n  labels: {{a: b}}\nspec:\n  # its name\n  name: \"web\"\n  language: |\n    name: other\n\n    go\n  product: shop\n"
        );
        assert_eq!(both(&block), ["Project/shop/web"]);
        let flow = format!(
            "{HEAD}kind: Product\nspec: {{git: {{gitlab: {{name: x, visibility: private}}}},\n  name: 'shop'}}\n---\n---\n{HEAD}spec: {{product: shop, name: e, cluster: a, envType: 'it''s'}}\nkind: Environment\n"
        );
        assert_eq!(scanned(&flow), None, "a quote in quotes");
        assert_eq!(
            both(&flow.replace("'it''s'", "it's#1 \u{e9}").replace("#1", "")),
            ["Product/shop", "Environment/shop/e"]
        );
        let runtime = format!(
            "{HEAD}kind: DeploymentRuntime\r\nspec:\r\n    product: shop\r\n    projectsRef:\r\n    - web\r\n    - name\r\n    name: 12\r\n    manifestSource:\r\n        path: name\r\n"
        );
        assert_eq!(scanned(&runtime).unwrap(), ["DeploymentRuntime/shop/12"]);
        let kustomized = format!(
            "{HEAD}kind: Project\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: a.yaml\n  name: web\nspec:\n  product: shop\n"
        );
        assert_eq!(scanned(&kustomized).unwrap(), ["Project/shop/web"]);
        assert_eq!(both(""), [""; 0]);
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_loader() {
        let spec = |spec: &str| format!("{HEAD}kind: Project\nspec:\n{spec}\n");
        for text in [
            "kind: [".to_owned(),
            "{\"kind\": \"Project\"}".to_owned(),
            "apiVersion: v1\nkind: ConfigMap\nspec: {name: a}\n".to_owned(),
            format!("{HEAD}kind: Unknown\nspec: {{name: a}}\n"),
            format!("{HEAD}kind: Cluster\nmetadata: {{name: a, name: b}}\nspec: {{}}\n"),
            spec("  name: ${NAME}\n  product: shop"),
            spec("  name: web\n    more\n  product: shop"),
            spec("  name: web\n  name: other\n  product: shop"),
            spec("  name: null\n  product: shop"),
            spec("  name: &a web\n  product: *a"),
            spec("  <<: {product: shop}\n  name: web"),
            spec("  \"name\": web\n  product: shop"),
            spec("  name: web\n  product: shop\n  language: \"a\n  b\""),
            spec("  name: a/b\n  product: shop"),
            spec("  name: web"),
            spec("\tname: web"),
        ] {
            assert_eq!(scanned(&text), None, "{text}");
        }
    }

    /// Pieces of manifests, well or badly put together.
    fn pieces() -> impl Strategy<Value = String> {
        let line = prop::sample::select(vec![
            "  name: web",
            "  name: other",
            "  product: shop",
            "  name: 'web'",
            "  name: \"a b\"",
            "    name: deep",
            "  language: go",
            "  language: {a: b,",
            "  language: \"go",
            "  name: x}",
            "  \"",
            "  }",
            "  - name: x",
            "  -",
            "  language: |",
            "  language: >-",
            "  # name: y",
            "",
            "  language:",
            "  language: [a,",
            "    b]",
            "---",
            "kind: Project",
            "kind: Product",
            "spec:",
            "spec: {name: web, product: shop}",
            "spec: {name: web, product: shop, language: {a: [b]}}",
            "spec: {name: web,",
            "  product: shop}",
            "metadata:",
            "  labels: {name: z}",
            "metadata: {name: web, annotations: {a: b}}",
            "...",
            "# x",
            "  name: web # x",
            "  name: web#x",
            "  name : web",
            "  language: a: b",
            "  language: 'it''s'",
            "  language: *a",
            "  name: ~",
            "   product: shop",
        ]);
        let lines = prop::collection::vec(line, 1..8);
        (lines, any::<bool>()).prop_map(|(lines, is_headed)| {
            let head = if is_headed { format!("{HEAD}kind: Project\nspec:\n") } else { HEAD.to_owned() };
            format!("{head}{}\n", lines.join("\n"))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn scan_agrees_with_the_loader_on_what_it_accepts(text in pieces()) {
            let manifests = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
            if let Some(found) = scanned(&text).filter(|_| !manifests.diagnostics.has_errors()) {
                let known = manifests.resources.iter().map(|resource| resource.address.to_string());
                prop_assert_eq!(found, known.collect::<Vec<_>>(), "{}", text);
            }
        }
    }
}
