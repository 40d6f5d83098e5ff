//! What becomes of each warning: its level in `nautform.yaml`, and comments in manifests that allow it.
//!
//! `# nautform: allow CODE` holds for the document that it is in, and wins over the settings. Errors can't be
//! allowed. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::config::codes::{self, Level};
use crate::config::settings::LintLevel;
use crate::model::diagnostic::{Diagnostic, Diagnostics, FileId, Severity, SourceMap, Span};
use crate::model::suggestion::did_you_mean;

/// What a comment for nautform begins with.
const MARK: &str = "nautform:";

/// Gives each warning its level, drops those that are allowed, and warns of comments that allow nothing.
pub fn apply(levels: &BTreeMap<&'static str, LintLevel>, sources: &SourceMap, diagnostics: &mut Diagnostics) {
    let mut comments: BTreeMap<FileId, Vec<Comment>> = BTreeMap::new();
    let has_comments = |file: &FileId| sources.text(*file).contains(MARK) && sources.is_shown(*file);
    for file in sources.files().filter(has_comments) {
        comments.insert(file, comments_of(file, sources.text(file)));
    }
    diagnostics.extend(comments.values().flatten().filter_map(Comment::problem));
    let is_allowed = |diagnostic: &Diagnostic| {
        let places = diagnostic.primary.iter().chain(&diagnostic.secondary).map(|label| label.span);
        let allows = |span: Span| {
            let all = comments.get(&span.file).map(Vec::as_slice).unwrap_or_default();
            all.iter().any(|comment| comment.allows(diagnostic.code.0, span))
        };
        let is_allowed_here = { places }.any(allows);
        is_allowed_here || levels.get(diagnostic.code.0) == Some(&LintLevel::Allow)
    };
    let is_warning = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Warning;
    diagnostics.retain(|diagnostic| !is_warning(diagnostic) || !is_allowed(diagnostic));
    diagnostics.for_each(|diagnostic| {
        if is_warning(diagnostic) && levels.get(diagnostic.code.0) == Some(&LintLevel::Error) {
            diagnostic.severity = Severity::Error;
        }
    });
    // What was made an error is counted as one.
    diagnostics.retain(|_| true);
}

/// One code that a comment names.
struct Comment {
    /// The document that it is in.
    document: Range<usize>,
    /// `None` if the comment is not understood.
    code: Option<String>,
    span: Span,
}

impl Comment {
    fn allows(&self, code: &str, span: Span) -> bool {
        self.code.as_deref() == Some(code) && self.document.contains(&(span.start as usize))
    }

    fn problem(&self) -> Option<Diagnostic> {
        let Some(code) = &self.code else {
            let warning = Diagnostic::warning("unknown-code", "this comment for nautform is not understood");
            return Some(warning.at(self.span).help("write # nautform: allow CODE"));
        };
        let (message, help) = match codes::find(code).map(|entry| entry.level) {
            Some(Level::Warning) => return None,
            Some(_) => {
                (format!("'{code}' is not a warning, and can't be allowed"), "remove the comment".to_owned())
            }
            None => {
                let help = codes::similar(code).map_or("correct it, or remove it".to_owned(), did_you_mean);
                (format!("there is no code '{code}'"), help)
            }
        };
        Some(Diagnostic::warning("unknown-code", message).at(self.span).help(help))
    }
}

fn comments_of(file: FileId, text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    for document in documents(text) {
        let mut start = document.start;
        for line in text[document.clone()].split_inclusive('\n') {
            if let Some((at, words)) = directive(line) {
                found.extend(of_line(file, &document, start + at, words));
            }
            start += line.len();
        }
    }
    found
}

/// The bytes of the documents: a line `---` begins one.
fn documents(text: &str) -> Vec<Range<usize>> {
    let is_border = |line: &str| {
        let rest = line.strip_prefix("---");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    let mut starts = vec![0];
    let mut at = 0;
    let mut is_empty = true;
    for line in text.split_inclusive('\n') {
        // Comments on top of a file are about its first object.
        if is_border(line) && !is_empty {
            starts.push(at);
            is_empty = true;
        }
        let content = line.trim_start();
        is_empty &= content.is_empty() || content.starts_with('#') || is_border(line);
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// What a comment of a line says to nautform, and where that begins in the line.
fn directive(line: &str) -> Option<(usize, &str)> {
    let is_comment = |at: &usize| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    let hashes = line.match_indices('#').map(|(at, _)| at).filter(is_comment);
    hashes.filter_map(|at| Some((at, line[at + 1..].trim_start().strip_prefix(MARK)?))).next()
}

/// The codes of a comment that begins at `start`.
fn of_line(file: FileId, document: &Range<usize>, start: usize, words: &str) -> Vec<Comment> {
    let place = |offset: usize| u32::try_from(start + offset).unwrap_or(u32::MAX);
    let comment = |code| {
        let span = Span { file, start: place(0), end: place(1) };
        Comment { document: document.clone(), code, span }
    };
    let is_code = |code: &String| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let is_separator = |c: char| c.is_whitespace() || c == ',';
    let mut words = words.split(is_separator).filter(|word| !word.is_empty());
    let codes: Vec<Comment> = match words.next() {
        Some("allow") => words.map(|code| comment(Some(code.to_owned()).filter(is_code))).collect(),
        _ => Vec::new(),
    };
    if codes.is_empty() { vec![comment(None)] } else { codes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::{LoadOptions, Manifests};
    use crate::config::resolve::{resolve_manifests, unused};

    const ENVIRONMENT: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Environment\n\
        spec: {name: NAME, product: shop, cluster: w-NAME, envType: dev}\n";

    fn environment(name: &str, comment: &str) -> String {
        ENVIRONMENT.replace("NAME", name).replace("kind:", &format!("{comment}\nkind:"))
    }

    /// Severity, code and line of what is left.
    fn left(text: &str, levels: &[(&'static str, LintLevel)]) -> Vec<String> {
        let mut manifests = Manifests::default().load_text("a.yaml", text, &LoadOptions::default());
        let configuration = resolve_manifests(&mut manifests);
        unused::objects(&configuration, &mut manifests.diagnostics);
        apply(&levels.iter().copied().collect(), &manifests.sources, &mut manifests.diagnostics);
        let all = manifests.diagnostics.sorted();
        let place = |found: &&Diagnostic| {
            let line = manifests.sources.location(found.primary.as_ref().unwrap().span).line;
            format!("{:?} {} {line}", found.severity, found.code.0)
        };
        let lines: Vec<String> = all.iter().map(place).collect();
        let errors = lines.iter().filter(|line| line.starts_with("Error")).count();
        assert_eq!(manifests.diagnostics.count(Severity::Error), errors);
        lines
    }

    #[test]
    fn settings_give_warnings_a_level() {
        let text = environment("dev", "");
        let code = "unused-environment";
        assert_eq!(left(&text, &[]), ["Warning unused-environment 4"]);
        assert_eq!(left(&text, &[(code, LintLevel::Warning)]), ["Warning unused-environment 4"]);
        assert_eq!(left(&text, &[(code, LintLevel::Error)]), ["Error unused-environment 4"]);
        assert_eq!(left(&text, &[(code, LintLevel::Allow)]), [""; 0]);
    }

    #[test]
    fn comments_allow_in_their_document_and_win() {
        let allowed = environment("dev", "# nautform: allow node-port, unused-environment");
        let both = format!("{allowed}---\n{}", environment("test", ""));
        assert_eq!(left(&both, &[]), ["Warning unused-environment 9"]);
        let error = [("unused-environment", LintLevel::Error)];
        assert_eq!(left(&allowed, &error), [""; 0]);
        let on_top = format!("# nautform: allow unused-environment\n---\n{}", environment("dev", ""));
        assert_eq!(left(&on_top, &[]), [""; 0]);
        let behind = environment("dev", "metadata: {} # nautform: allow unused-environment");
        assert_eq!(left(&behind, &[]), [""; 0]);
    }

    #[test]
    fn comments_that_allow_nothing_are_reported() {
        let lines = |comment: &str| {
            let text = environment("dev", comment);
            left(&text, &[("unused-environment", LintLevel::Allow)])
        };
        for comment in
            ["# nautform: allow unused-enviroment", "# nautform: alow x", "# nautform: allow cycle"]
        {
            assert_eq!(lines(comment), ["Warning unknown-code 2"], "{comment}");
        }
        assert_eq!(lines("# nautform.dev: allow x"), [""; 0]);
        assert_eq!(lines("# nautform: allow GLPAT"), ["Warning unknown-code 2"]);
    }
}
