use proptest::prelude::*;

use super::*;
use crate::model::diagnostic::SourceMap;
use crate::resource::schema::Node;
use crate::resource::schema::NodeValue;

/// The documents with every place, and the diagnostics' codes with theirs.
fn shown(text: &str) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("a.yaml", text);
    let mut found = Diagnostics::new();
    let mut out = String::new();
    for document in parse(file, text, &mut found) {
        out.push_str("document\n");
        outline(&document.root, text, 1, &mut out);
    }
    for diagnostic in found.iter() {
        let place = diagnostic.primary.as_ref().map(|label| sources.location(label.span));
        let (line, column) = place.map(|place| (place.line, place.column)).unwrap_or_default();
        out.push_str(&format!("{} {line}:{column} {}\n", diagnostic.code.0, diagnostic.message));
    }
    out
}

fn outline(node: &Node, text: &str, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let source = &text[node.span.start as usize..node.span.end as usize];
    match &node.value {
        NodeValue::Scalar { text, plain } => {
            out.push_str(&format!("{pad}{text:?} plain={plain} from {source:?}\n"));
        }
        NodeValue::Sequence(items) => {
            out.push_str(&format!("{pad}list\n"));
            items.iter().for_each(|item| outline(item, text, depth + 1, out));
        }
        NodeValue::Mapping(entries) => {
            for entry in entries {
                out.push_str(&format!("{pad}{}:\n", entry.key));
                outline(&entry.value, text, depth + 1, out);
            }
        }
    }
}

fn codes(text: &str) -> Vec<&'static str> {
    let mut sources = SourceMap::new();
    let file = sources.add("a.yaml", text);
    let mut found = Diagnostics::new();
    parse(file, text, &mut found);
    found.iter().map(|diagnostic| diagnostic.code.0).collect()
}

#[test]
fn yaml_values_have_byte_spans() {
    let text = "\u{feff}a: 名\r\nb: 'it''s'\r\nc: |\r\n  one\r\n  two\r\n\r\nd: >-\r\n  x\r\n  y\r\n";
    insta::assert_snapshot!(shown(text), @r#"
    document
      a:
        "名" plain=true from "名"
      b:
        "it's" plain=false from "'it''s'"
      c:
        "one\ntwo\n" plain=false from "one\r\n  two\r\n\r\n"
      d:
        "x y" plain=false from "x\r\n  y\r\n"
    "#);
}

#[test]
fn yaml_reads_json() {
    let text = "{\n\t\"a\": [1, null, \"\\u00e9\\/\\ud83d\\ude00\"],\n\t\"b\":{}\n}\n";
    insta::assert_snapshot!(shown(text), @r#"
    document
      a:
        list
          "1" plain=true from "1"
          "null" plain=true from "null"
          "é/😀" plain=false from "\"\\u00e9\\/\\ud83d\\ude00\""
      b:
    "#);
}

#[test]
fn yaml_aliases_and_merge_keys() {
    let text = "a: &x {k: 1, l: 1}\nb: *x\nc:\n  <<: [*x, {l: 3, m: 3}]\n  k: 2\n---\nd: *x\ne: &s [*s]\nf: {<<: 1}\n";
    insta::assert_snapshot!(shown(text), @r#"
    document
      a:
        k:
          "1" plain=true from "1"
        l:
          "1" plain=true from "1"
      b:
        k:
          "1" plain=true from "1"
        l:
          "1" plain=true from "1"
      c:
        k:
          "2" plain=true from "2"
        l:
          "1" plain=true from "1"
        m:
          "3" plain=true from "3"
    document
      d:
        "*x" plain=false from "*x"
      e:
        list
          "*s" plain=false from "*s"
      f:
    unknown-alias 7:4 unknown alias: no such anchor earlier in this document
    unknown-alias 8:8 unknown alias: no such anchor earlier in this document
    wrong-merge 9:5 '<<' merges mappings only
    "#);
}

#[test]
fn document_with_errors_leaves_the_others_loaded() {
    let text = "a: [1, 2\n---\nb: 1\n---\na:\n\t- c\n---\nd: e: f\n---\ng: '1\n---\nh: 2\n";
    insta::assert_snapshot!(shown(text), @r#"
    document
      b:
        "1" plain=true from "1"
    document
      h:
        "2" plain=true from "2"
    syntax 1:4 unclosed bracket '['
    syntax 6:2 tabs disallowed within this context (block indentation)
    syntax 8:5 mapping values are not allowed in this context
    syntax 10:4 while scanning a quoted scalar, found unexpected document indicator
    "#);
}

#[test]
fn yaml_document_markers_inside_values_are_text() {
    let text = "---\na: \"-----BEGIN\\n---\\n\"\nb: |\n  ---\n  x---y\n...\n# only a comment\n";
    insta::assert_snapshot!(shown(text), @r#"
    document
      a:
        "-----BEGIN\n---\n" plain=false from "\"-----BEGIN\\n---\\n\""
      b:
        "---\nx---y\n" plain=false from "---\n  x---y\n"
    "#);
}

#[test]
fn yaml_duplicate_keys_keep_the_first() {
    insta::assert_snapshot!(shown("a: 1\na: 2\nb: 3\n\"a\": 4\n"), @r#"
    document
      a:
        "1" plain=true from "1"
      b:
        "3" plain=true from "3"
    duplicate-key 2:1 key 'a' is given twice
    duplicate-key 4:1 key 'a' is given twice
    "#);
    let many: String = (0..20_000).map(|n| format!("k{}: {n}\n", n % 10_000)).collect();
    assert_eq!(codes(&many).len(), 1_000, "those that are kept");
}

#[test]
fn yaml_tags_empty_documents_and_keys() {
    let text = "a: !!str 1\nb: !x 2\nc: ! 3\n? [k]\n: v\n1: x\n---\n---\n";
    insta::assert_snapshot!(shown(text), @r#"
    document
      a:
        "1" plain=false from "1"
      b:
        "2" plain=true from "2"
      c:
        "3" plain=false from "3"
      1:
        "x" plain=true from "x"
    unknown-tag 2:4 unknown tag
    wrong-key 4:3 a key must be a plain text
    empty-document 7:4 the document is empty
    empty-document 8:4 the document is empty
    "#);
}

/// Each of these would take hours or gigabytes if it were taken at its word.
#[test]
fn yaml_limits_on_size_depth_and_aliases() {
    let bomb = |first: &str, open: &str, close: &str| -> String {
        let row =
            |n: usize| format!("a{n}: &a{n} {open}{}{close}\n", vec![format!("*a{}", n - 1); 10].join(","));
        format!("a0: &a0 {first}\n{}", (1..30).map(row).collect::<String>())
    };
    assert_eq!(codes(&bomb("[x,x,x,x,x,x,x,x,x,x]", "[", "]")), ["too-large"]);
    assert_eq!(codes(&"{a: ".repeat(100_000)), ["too-deep"]);
    assert_eq!(codes(&"[".repeat(100_000)), ["too-deep"]);
    assert_eq!(codes(&"- ".repeat(100_000)), ["too-deep"]);
    assert_eq!(codes(&(0..1000).map(|n| format!("{:n$}a:\n", "")).collect::<String>()), ["too-deep"]);
    assert_eq!(codes(&format!("a: '{}", "x".repeat(10 << 20))), ["syntax"]);
    let nested: String = (0..60).map(|n| format!("&b{n} [")).collect();
    assert_eq!(codes(&format!("{nested}{}", "x,".repeat(200_000))), ["syntax"]);
    let wide = format!("{nested}{}{}", "x,".repeat(20_000), "]".repeat(60));
    assert_eq!(codes(&wide), ["too-large"]);
}

/// The budget for aliases grows with the text: a large file with a modest use of them is fine.
#[test]
fn yaml_alias_limit_grows_with_the_text() {
    let text = "---\na: &x [1, 2, 3, 4, 5, 6]\nb: *x\nc: *x\n".repeat(20_000);
    assert_eq!(codes(&text), [""; 0]);
}

#[test]
fn yaml_prefixes_of_a_manifest_never_panic() {
    let text = "a: &x {k: 'v', \"名\": [1, *y]}\nb: |\n  é\n? c\n: !t >-\n  x\n---\n<<: *x\n";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        check(&text[..end]);
    }
}

/// Spans are character boundaries within their parents, and plain text without line breaks is what its span
/// says.
fn check(text: &str) {
    let mut sources = SourceMap::new();
    let file = sources.add("a.yaml", text);
    let mut found = Diagnostics::new();
    for document in parse(file, text, &mut found) {
        check_node(&document.root, text);
    }
    for diagnostic in found.iter() {
        let span = diagnostic.primary.as_ref().expect("every diagnostic has a place").span;
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
    }
}

fn check_node(node: &Node, text: &str) {
    let source = text.get(node.span.start as usize..node.span.end as usize).expect("spans are boundaries");
    match &node.value {
        NodeValue::Scalar { text, plain: true } if !source.contains(['\n', '\r']) => {
            assert_eq!(text.as_ref(), source);
        }
        NodeValue::Scalar { .. } => {}
        NodeValue::Sequence(items) => items.iter().for_each(|item| check_node(item, text)),
        NodeValue::Mapping(entries) => {
            let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_ref()).collect();
            keys.sort_unstable();
            assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{keys:?}");
            for entry in entries {
                assert!(text.get(entry.key_span.start as usize..entry.key_span.end as usize).is_some());
                check_node(&entry.value, text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yaml_random_texts_never_panic(text in "\\PC{0,60}") {
        check(&text);
    }

    /// Pieces of YAML in any order are far more often nearly right than random letters are.
    #[test]
    fn yaml_random_tokens_never_panic(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "a", ": ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "&x ", "*x", "<<: ", "'", "\"", "|\n", ">-\n", "#",
                "---\n", "...\n", "? ", "!t ", "!!str ", "\\", "名", "\u{feff}", "\r\n", "\r", "%YAML 1.2\n", "\u{0}", "${x}", "\u{85}",
            ]),
            0..40,
        ),
    ) {
        check(&pieces.concat());
    }
}
