//! Text in the log of a CI job, in which the runner looks for commands: GitHub's `::add-mask::x` at the
//! beginning of a line and `##[group]` anywhere, the same of Azure Pipelines and TeamCity.

use std::io::{self, Write};

use crate::environment;

/// What makes a command anywhere in a line, and how it is written instead.
const ANYWHERE: [(&str, &str); 3] = [("##[", "# #["), ("##vso[", "# #vso["), ("##teamcity[", "# #teamcity[")];
/// Stands before what would be a command at the beginning of a line.
const MARK: &str = "| ";

/// Whether a runner reads the output of this process.
pub(crate) fn is_read() -> bool {
    ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].iter().any(|name| environment::get(name).is_some())
}

/// Writes lines of which none is a command. Without a runner, everything as it is.
pub(crate) struct PlainLines<W: Write> {
    out: W,
    line: Vec<u8>,
    is_read: bool,
}

impl<W: Write> PlainLines<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, line: Vec::new(), is_read: is_read() }
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.out.write_all(&plain(line))
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

fn plain(line: Vec<u8>) -> Vec<u8> {
    let Ok(mut text) = String::from_utf8(line) else { return Vec::new() };
    for (command, instead) in ANYWHERE {
        text = text.replace(command, instead);
    }
    let visible = anstream::adapter::strip_str(&text).to_string();
    if visible.trim_start().starts_with("::") {
        text.insert_str(0, MARK);
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command_of_a_runner() {
        let mut out = Vec::new();
        let mut lines = PlainLines { out: &mut out, line: Vec::new(), is_read: true };
        for part in ["a ::b::\n  ::add-", "mask::x\n\u{1b}[1m::stop::\u{1b}[0m\n", "x ##[group]##vso[y]\nend"]
        {
            lines.write_all(part.as_bytes()).unwrap();
        }
        drop(lines);
        let expected = "a ::b::\n|   ::add-mask::x\n| \u{1b}[1m::stop::\u{1b}[0m\nx # #[group]# #vso[y]\nend";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
