//! From a text such as `git.gitlab.description` to the path of a kind's field under its canonical names.

use crate::model::suggestion::suggestion;
use crate::model::value::{Name, ParsePathError, Path, Segment};

use super::{Attribute, Kind, Type};

/// The text is not the path of a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldPathError {
    /// It is not a path.
    #[error(transparent)]
    Syntax(#[from] ParsePathError),
    /// There is no such field.
    #[error("there is no field '{path}'; {hint}")]
    Unknown {
        /// What was asked for.
        path: Path,
        /// A field with a similar name, or all that there are.
        hint: String,
    },
    /// It leads into a value that has no parts.
    #[error("'{0}' has no parts that could be ignored alone")]
    NoParts(Path),
    /// It has an index where there is not a list.
    #[error("'{0}' is not a list")]
    NotAList(Path),
}

impl FieldPathError {
    /// What to do, without any of the text.
    pub(crate) fn hint(&self) -> &str {
        match self {
            Self::Syntax(_) => "write names with '.' between them, such as git.gitlab.description",
            Self::Unknown { hint, .. } => hint,
            Self::NoParts(_) => "name the whole field: it has no parts that could be ignored alone",
            Self::NotAList(_) => "remove the index: the field is not a list",
        }
    }
}

/// The path of a kind's field under its canonical names.
///
/// # Errors
/// If the kind has no such field.
pub(crate) fn field_path(text: &str, kind: &'static Kind) -> Result<Path, FieldPathError> {
    let path: Path = text.parse()?;
    let mut found = Path::root();
    let mut ty = Type::Object(kind.attributes);
    for segment in path.segments() {
        ty = match (ty, segment) {
            (Type::Map { value, .. }, Segment::Name(_)) | (Type::List(value), Segment::Index(_)) => {
                found.push(segment.clone());
                value.ty
            }
            (Type::Object(fields), Segment::Name(name)) => {
                let attribute = fields.iter().find(|attribute| attribute.answers_to(name));
                let attribute = attribute.ok_or_else(|| unknown(&path, name, fields))?;
                found.push(Segment::Name(Name::known(&attribute.name)));
                attribute.ty
            }
            (Type::Object(_), Segment::Index(_)) => return Err(FieldPathError::NotAList(found)),
            _ => return Err(FieldPathError::NoParts(found)),
        };
    }
    Ok(found)
}

fn unknown(path: &Path, name: &str, fields: &'static [Attribute]) -> FieldPathError {
    let names = fields.iter().map(|attribute| attribute.name);
    FieldPathError::Unknown { path: path.clone(), hint: suggestion(name, "known fields: ", names) }
}
