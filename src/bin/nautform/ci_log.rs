//! Text in the log of a CI job, in which the runner looks for commands: GitHub's `::add-mask::x` at the
//! beginning of a line and `##[group]` anywhere, the same of Azure Pipelines and TeamCity. Results for
//! programs go through here, too: a job may print them.

use std::io::{self, Write};

use crate::environment;

/// What makes a command anywhere in a line.
const ANYWHERE: [&str; 3] = ["##[", "##vso[", "##teamcity["];
/// What makes a command at the beginning of a line.
const AT_BEGINNING: &str = "::";

/// What lines are, and with that, what is written instead of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Text for people: it looks a little different.
    Text,
    /// JSON, in which only strings hold foreign text: it is escaped.
    Json,
    /// XML or HTML: it is escaped.
    Xml,
    /// The runner's own commands, one a line, whose values have no line breaks.
    Commands,
    /// YAML, which has no escapes in every place: it is refused.
    Yaml,
}

/// Whether a runner reads the output of this process.
pub(crate) fn is_read() -> bool {
    ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].iter().any(|name| environment::get(name).is_some())
}

/// Writes lines of which none is a command. Without a runner, everything as it is.
pub(crate) struct PlainLines<W: Write> {
    out: W,
    lines: Lines,
    line: Vec<u8>,
    is_read: bool,
}

impl<W: Write> PlainLines<W> {
    pub(crate) fn new(out: W, lines: Lines) -> Self {
        Self { out, lines, line: Vec::new(), is_read: is_read() }
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.out.write_all(plain(&line, self.lines)?.as_bytes())
    }
}

impl<W: Write> Write for PlainLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_read {
            return self.out.write(bytes);
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end_line()?;
        self.out.flush()
    }
}

impl<W: Write> Drop for PlainLines<W> {
    fn drop(&mut self) {
        // Who wants to know of an error has flushed.
        let _ = self.flush();
    }
}

fn plain(line: &[u8], lines: Lines) -> io::Result<String> {
    let text = String::from_utf8_lossy(line);
    let visible = anstream::adapter::strip_str(&text).to_string();
    let begins = visible.trim_start().starts_with(AT_BEGINNING);
    let replaced = |hash: &str| {
        let replace =
            |text: String, command: &&str| text.replace(command, &format!("{hash}{}", &command[1..]));
        ANYWHERE.iter().fold(text.to_string(), replace)
    };
    Ok(match lines {
        Lines::Text if begins => format!("| {}", replaced("# ")),
        Lines::Text | Lines::Commands => replaced("# "),
        // No line of JSON begins so.
        Lines::Json => replaced("\\u0023"),
        Lines::Xml if begins => replaced("&#35;").replacen(AT_BEGINNING, "&#58;:", 1),
        Lines::Xml => replaced("&#35;"),
        Lines::Yaml if begins || ANYWHERE.iter().any(|command| text.contains(command)) => {
            let refused = "a value would be a command of the CI runner: write it to a directory instead";
            return Err(io::Error::other(refused));
        }
        Lines::Yaml => text.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(lines: Lines, parts: &[&str]) -> String {
        let mut out = Vec::new();
        let mut plain = PlainLines { out: &mut out, lines, line: Vec::new(), is_read: true };
        for part in parts {
            plain.write_all(part.as_bytes()).unwrap();
        }
        drop(plain);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_line_is_a_command_of_a_runner() {
        let parts =
            ["a ::b::\n  ::add-", "mask::x\n\u{1b}[1m::stop::\u{1b}[0m\n", "x ##[group]##vso[y]\nend"];
        let expected = "a ::b::\n|   ::add-mask::x\n| \u{1b}[1m::stop::\u{1b}[0m\nx # #[group]# #vso[y]\nend";
        assert_eq!(written(Lines::Text, &parts), expected);
    }

    #[test]
    fn commands_in_yaml_are_refused() {
        for text in ["a: |\n  ::add-mask::x", "a: '##[group]'"] {
            let mut plain =
                PlainLines { out: Vec::new(), lines: Lines::Yaml, line: Vec::new(), is_read: true };
            let written = plain.write_all(text.as_bytes()).and_then(|()| plain.flush());
            assert!(written.is_err(), "{text}");
        }
        assert_eq!(written(Lines::Yaml, &["a: '::b'\n"]), "a: '::b'\n");
    }

    #[test]
    fn commands_in_json_and_xml_are_escaped() {
        let json = serde_json::json!(["###[a]", "\\##vso[b]", "##teamcity[c]", "::d"]).to_string();
        let shown = written(Lines::Json, &[&json]);
        assert!(!shown.contains("##"), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap().to_string(), json);
        let shown = written(Lines::Xml, &["<a>\n ::add-mask::x ##[y]</a>"]);
        assert_eq!(shown, "<a>\n &#58;:add-mask::x &#35;#[y]</a>");
        assert_eq!(written(Lines::Commands, &["::error ::##[x]\n"]), "::error ::# #[x]\n");
    }
}
