//! The place of a value in its tree, as people write it: `eventSources[0].gitlab.repoName`.

use std::fmt;
use std::str::FromStr;

use super::Name;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Into a member of a map.
    Name(Name),
    /// Into an item of a list, counted from 0.
    Index(usize),
}

/// The steps from the root of a spec to a value. The default is the root itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The root.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of member names.
    pub fn of(names: &'static [&'static str]) -> Self {
        Self(names.iter().map(|name| Segment::Name(Name::known(name))).collect())
    }

    /// The steps.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Goes one step down in place; [`Path::pop`] undoes it.
    pub fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    /// Goes one step up.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// This path and one member further.
    #[must_use]
    pub fn join(&self, name: impl Into<Name>) -> Self {
        let mut path = self.clone();
        path.push(Segment::Name(name.into()));
        path
    }

    /// This path and one item further.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.push(Segment::Index(index));
        path
    }

    /// Whether this is `other` or is below it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Name(name) if !is_plain(name) => write!(f, "[{name:?}]")?,
                Segment::Name(name) if position == 0 => f.write_str(name)?,
                Segment::Name(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

impl serde::Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a field path such as git.gitlab.description or eventSources[0].name")]
pub struct ParsePathError(String);

impl FromStr for Path {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParsePathError(text.to_owned());
        let mut path = Self::root();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix("[\"") {
                let end = inside.find("\"]").ok_or_else(wrong)?;
                path.push(Segment::Name(inside[..end].into()));
                rest = &inside[end + 2..];
            } else if let Some(inside) = rest.strip_prefix('[') {
                let end = inside.find(']').ok_or_else(wrong)?;
                path.push(Segment::Index(inside[..end].parse().map_err(|_| wrong())?));
                rest = &inside[end + 1..];
            } else {
                let name = rest.strip_prefix('.').filter(|_| !path.is_root()).unwrap_or(rest);
                let end = name.find(['.', '[']).unwrap_or(name.len());
                if !is_plain(&name[..end]) {
                    return Err(wrong());
                }
                path.push(Segment::Name(name[..end].into()));
                rest = &name[end..];
            }
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_display_round_trips() {
        for text in ["cluster", "git.gitlab.path", "eventSources[12].gitlab", "reserved[\"a.b\"][0]", ""] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        for wrong in [".a", "a..b", "a[x]", "a[\"b", "a b"] {
            assert!(wrong.parse::<Path>().is_err(), "{wrong}");
        }
    }
}
