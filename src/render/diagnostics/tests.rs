use super::*;
use crate::model::diagnostic::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use crate::render::Style;
use crate::render::ci;

type Write = fn(&Diagnostics, &SourceMap, &mut dyn std::io::Write) -> std::io::Result<()>;

fn place(path: &std::path::Path) -> String {
    path.display().to_string()
}

const JSON: Write = |diagnostics, sources, out| json(diagnostics, sources, &[], out);
const SARIF: Write = |all, sources, out| ci::sarif(all, sources, &place, out);
const GITHUB: Write = |all, sources, out| ci::github(all, sources, &place, out);
const CODE_QUALITY: Write = |all, sources, out| ci::code_quality(all, sources, &place, out);

fn written(diagnostics: &Diagnostics, sources: &SourceMap, write: Write) -> String {
    let mut out = Vec::new();
    write(diagnostics, sources, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn shown(diagnostics: impl IntoIterator<Item = Diagnostic>, sources: &SourceMap) -> String {
    let mut all = Diagnostics::new();
    all.extend(diagnostics);
    written(&all, sources, |all, sources, out| text(all, sources, Style::default(), out))
}

/// The first place of `words`.
fn at(sources: &SourceMap, file: FileId, words: &str) -> Span {
    let start = sources.text(file).find(words).unwrap();
    let offset = |bytes| u32::try_from(bytes).unwrap();
    Span { file, start: offset(start), end: offset(start + words.len()) }
}

/// Two files, two errors and a warning; one line holds a secret.
fn sample() -> (SourceMap, Diagnostics) {
    let mut sources = SourceMap::new();
    let a = sources.add("./shop/a b.yaml", "kind: Cluster # 集群\nspec:\n  name: x\n  token: hunter2 bad\n");
    let b = sources.add("b.yaml", "name: x\n");
    sources.mask(at(&sources, a, "hunter2"));
    let mut all = Diagnostics::new();
    all.push(
        Diagnostic::error("duplicate-object", "Cluster/x is declared twice")
            .labelled(at(&sources, b, "x"), "declared again here")
            .also(at(&sources, a, "x"), "first declared here")
            .help("keep one of them")
            .about("Cluster/x"),
    );
    all.push(Diagnostic::error("invalid-value", "50% is not a value: a, b").at(at(&sources, a, "bad")));
    all.push(Diagnostic::warning("no-place", "about everything").help("do\nsomething"));
    (sources, all)
}

#[test]
fn text_shows_every_place_and_redacts_secrets() {
    let (sources, all) = sample();
    insta::assert_snapshot!(shown(all.iter().cloned(), &sources), @"
    error[invalid-value]: 50% is not a value: a, b
     --> ./shop/a b.yaml:4:18
      |
    4 |   token: ******* bad
      |                  ^^^

    error[duplicate-object]: Cluster/x is declared twice
     --> b.yaml:1:7
      |
    1 | name: x
      |       ^ declared again here
      |
     ::: ./shop/a b.yaml:3:9
      |
    3 |   name: x
      |         - first declared here
      |
      = help: keep one of them

    warning[no-place]: about everything
     |
     = help: do something

    2 errors, 1 warning
    ");
}

#[test]
fn json_has_the_shape_of_terraform_validate() {
    let (sources, all) = sample();
    insta::assert_snapshot!(written(&all, &sources, JSON), @r#"
    {
      "format_version": "1.0",
      "valid": false,
      "error_count": 2,
      "warning_count": 1,
      "diagnostics": [
        {
          "severity": "error",
          "code": "invalid-value",
          "summary": "50% is not a value: a, b",
          "detail": "",
          "range": {
            "filename": "./shop/a b.yaml",
            "start": {
              "line": 4,
              "column": 18,
              "byte": 56
            },
            "end": {
              "line": 4,
              "column": 21,
              "byte": 59
            }
          },
          "snippet": {
            "context": null,
            "code": "  token: ******* bad",
            "start_line": 4,
            "highlight_start_offset": 17,
            "highlight_end_offset": 20,
            "values": []
          }
        },
        {
          "severity": "error",
          "code": "duplicate-object",
          "summary": "Cluster/x is declared twice",
          "detail": "keep one of them",
          "address": "Cluster/x",
          "range": {
            "filename": "b.yaml",
            "start": {
              "line": 1,
              "column": 7,
              "byte": 6
            },
            "end": {
              "line": 1,
              "column": 8,
              "byte": 7
            }
          },
          "snippet": {
            "context": "declared again here",
            "code": "name: x",
            "start_line": 1,
            "highlight_start_offset": 6,
            "highlight_end_offset": 7,
            "values": []
          },
          "related": [
            {
              "message": "first declared here",
              "range": {
                "filename": "./shop/a b.yaml",
                "start": {
                  "line": 3,
                  "column": 9,
                  "byte": 37
                },
                "end": {
                  "line": 3,
                  "column": 10,
                  "byte": 38
                }
              }
            }
          ]
        },
        {
          "severity": "warning",
          "code": "no-place",
          "summary": "about everything",
          "detail": "do\nsomething"
        }
      ],
      "skipped": []
    }
    "#);
}

#[test]
fn sarif_has_rules_regions_and_escaped_paths() {
    let (sources, all) = sample();
    let text = written(&all, &sources, SARIF).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rules = document["runs"][0]["tool"]["driver"]["rules"].take();
    assert!(rules.as_array().unwrap().iter().all(|rule| rule["fullDescription"]["text"].is_string()));
    let text = format!("{document:#}");
    insta::assert_snapshot!(text, @r#"
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "nautform",
              "organization": "nautform",
              "fullName": "nautform VERSION",
              "semanticVersion": "VERSION",
              "informationUri": "https://docs.rs/crate/nautform/VERSION",
              "rules": null
            }
          },
          "originalUriBaseIds": {
            "%SRCROOT%": {
              "description": {
                "text": "The root of the repository."
              }
            }
          },
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "invalid-value",
              "level": "error",
              "message": {
                "text": "50% is not a value: a, b."
              },
              "ruleIndex": 25,
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "./shop/a%20b.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 4,
                      "startColumn": 18,
                      "endLine": 4,
                      "endColumn": 21
                    },
                    "contextRegion": {
                      "startLine": 4,
                      "snippet": {
                        "text": "  token: ******* bad"
                      }
                    }
                  }
                }
              ],
              "partialFingerprints": {
                "primaryLocationLineHash": "d8e4b5685e5cca25e37b34f3b875e553"
              }
            },
            {
              "ruleId": "duplicate-object",
              "level": "error",
              "message": {
                "text": "Cluster/x is declared twice (keep one of them)."
              },
              "ruleIndex": 9,
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "b.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 1,
                      "startColumn": 7,
                      "endLine": 1,
                      "endColumn": 8
                    },
                    "contextRegion": {
                      "startLine": 1,
                      "snippet": {
                        "text": "name: x"
                      }
                    }
                  },
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "Cluster/x",
                      "kind": "resource"
                    }
                  ]
                }
              ],
              "relatedLocations": [
                {
                  "id": 1,
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "./shop/a%20b.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 3,
                      "startColumn": 9,
                      "endLine": 3,
                      "endColumn": 10
                    },
                    "contextRegion": {
                      "startLine": 3,
                      "snippet": {
                        "text": "  name: x"
                      }
                    }
                  },
                  "message": {
                    "text": "first declared here"
                  }
                }
              ],
              "partialFingerprints": {
                "primaryLocationLineHash": "cfe0e3d00d2bde2623d962a4722e9ae3"
              }
            },
            {
              "ruleId": "no-place",
              "level": "warning",
              "message": {
                "text": "about everything (do something)."
              },
              "partialFingerprints": {
                "primaryLocationLineHash": "28d53f73980f8a5ad40040182333d8fb"
              }
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn github_has_one_escaped_line_for_each_diagnostic() {
    let (sources, all) = sample();
    insta::assert_snapshot!(written(&all, &sources, GITHUB), @"
    ::error file=./shop/a b.yaml,line=4,endLine=4,col=18,endColumn=21,title=invalid-value::50%25 is not a value: a, b
    ::error file=b.yaml,line=1,endLine=1,col=7,endColumn=8,title=duplicate-object::Cluster/x is declared twice%0Ahelp: keep one of them
    ::warning title=no-place::about everything%0Ahelp: do something
    ");
}

#[test]
fn no_format_shows_what_is_masked() {
    let (sources, all) = sample();
    let in_text: Write =
        |all, sources, out| text(all, sources, Style { color: true, width: 20, ..Style::default() }, out);
    let formats: [Write; 5] = [in_text, JSON, SARIF, GITHUB, CODE_QUALITY];
    for format in formats {
        let out = written(&all, &sources, format);
        assert!(out.contains("is not a value") && !out.contains("hunter2"), "{out}");
    }
}

#[test]
fn text_shows_near_places_in_one_snippet() {
    let mut sources = SourceMap::new();
    let lines: String = (1..=30).map(|n| format!("key{n}: v\n")).collect();
    let file = sources.add("a.yaml", lines);
    let place = |words| at(&sources, file, words);
    let problem = Diagnostic::error("cycle", "these need each other")
        .labelled(place("key9"), "this one")
        .also(place("key6"), "that one")
        .also(place("key28"), "and one far away");
    insta::assert_snapshot!(shown([problem], &sources), @"
    error[cycle]: these need each other
      --> a.yaml:9:1
       |
     6 | key6: v
       | ---- that one
    ...
     9 | key9: v
       | ^^^^ this one
       |
      ::: a.yaml:28:1
       |
    28 | key28: v
       | ----- and one far away

    1 error
    ");
}

#[test]
fn text_cuts_long_lines_around_the_place() {
    let mut sources = SourceMap::new();
    let line =
        format!("{{{} \"名\": broken, {}}}", "\"a\": 1, ".repeat(100_000), "\"b\": 2, ".repeat(100_000));
    let file = sources.add("a.json", line);
    let place = at(&sources, file, "broken");
    let many = (0..1000).map(|_| Diagnostic::error("x", "wrong").at(place));
    let out = shown(many, &sources);
    assert!(out.len() < 1_000_000, "{}", out.len());
    let first: String = out.lines().take(5).map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!(first, @r#"
    error[x]: wrong
     --> a.json:1:800008
      |
    1 | ...1, "a": 1, "a": 1, "a": 1, "a": 1,  "名": broken, "b": 2, "b": 2, "b": 2, "b": 2, "b": 2, ...
      |                                              ^^^^^^
    "#);
}

#[test]
fn text_shows_places_at_ends_of_files_and_lines() {
    let mut sources = SourceMap::new();
    let empty = sources.add("empty.yaml", "");
    let crlf = sources.add("crlf.yaml", "a: 1\r\nb: 'x\r\n");
    let all = [
        Diagnostic::error("x", "nothing there").at(Span { file: empty, start: 0, end: 0 }),
        Diagnostic::error("x", "at the end").at(Span { file: crlf, start: 14, end: 14 }),
        Diagnostic::error("x", "over two lines").at(Span { file: crlf, start: 3, end: 9 }),
    ];
    insta::assert_snapshot!(shown(all, &sources), @"
    error[x]: nothing there
     --> empty.yaml:1:1
      |
    1 |
      | ^

    error[x]: over two lines
     --> crlf.yaml:1:4
      |
    1 | a: 1
      |    ^

    error[x]: at the end
     --> crlf.yaml:3:1
      |
    3 |
      | ^

    3 errors
    ");
}

#[test]
fn text_escapes_control_and_bidi_characters() {
    let mut sources = SourceMap::new();
    let file = sources.add("a\u{1b}[1m.yaml", "a: \u{1b}[31mred\u{202e}\n");
    let problem = Diagnostic::error("x", format!("key '\u{1b}]0;x\u{7}\u{202e}' {}", "y".repeat(100_000)))
        .labelled(Span { file, start: 3, end: 8 }, "\u{1b}[2J")
        .help("\u{9b}0m");
    let out = shown([problem], &sources);
    assert!(!out.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']), "{out:?}");
    assert!(out.len() < 3_000);
}

#[test]
fn count_has_errors_and_warnings() {
    let (_, all) = sample();
    assert_eq!(count(&all), "2 errors, 1 warning");
    assert_eq!(count(&Diagnostics::new()), "");
}
