//! From `KIND.field.field` to a place in a table, with a suggestion if there is none.

use crate::config::codes;
use crate::model::suggestion::{did_you_mean, suggestion};
use crate::resource::kinds::{self, KINDS};
use crate::resource::schema::{Attribute, Kind, Scope};

/// There is no such kind or field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// There is no such code.
    #[error("unknown code '{word}'; {hint}")]
    Code {
        /// What was asked for.
        word: String,
        /// What is like it.
        hint: String,
    },
    /// There is no such kind.
    #[error("unknown kind '{word}'; {hint}")]
    Kind {
        /// What was asked for.
        word: String,
        /// What there is.
        hint: String,
    },
    /// The kind or the field has no such field.
    #[error("{owner} has no field '{word}'; {hint}")]
    Field {
        /// Where it was looked for.
        owner: String,
        /// What was asked for.
        word: String,
        /// What there is.
        hint: String,
    },
}

/// Where a path leads.
pub(super) enum Place {
    /// To a kind.
    Kind(&'static Kind),
    /// To what its address is made of: the name, or the product's key.
    Identity(&'static Kind, &'static str),
    /// To one of its fields, under canonical names.
    Field(&'static Kind, String, &'static Attribute),
}

pub(super) fn find(path: &str) -> Result<Place, NotFound> {
    let mut words = path.split('.').filter(|word| !["spec", "metadata"].contains(word));
    let word = words.next().unwrap_or_default();
    let kind = kinds::find_by_alias(word).ok_or_else(|| unknown_kind(word))?;
    let words: Vec<&str> = words.collect();
    if let [word] = words.as_slice()
        && let Some(key) = identity(kind).into_iter().find(|key| key == word)
    {
        return Ok(Place::Identity(kind, key));
    }
    let mut names = vec![kind.name];
    let mut found = None;
    let mut fields = kind.attributes;
    for word in words {
        let near =
            |attribute: &&Attribute| attribute.answers_to(word) || attribute.name.eq_ignore_ascii_case(word);
        let attribute =
            fields.iter().find(near).ok_or_else(|| unknown_field(&names.join("."), word, fields))?;
        names.push(attribute.name);
        fields = attribute.ty.fields();
        found = Some(attribute);
    }
    Ok(found.map_or(Place::Kind(kind), |attribute| Place::Field(kind, names.join("."), attribute)))
}

/// Whether objects of a kind, which may be abbreviated, live in products.
///
/// # Errors
/// If there is no such kind; with a suggestion.
pub fn kind_is_in_product(word: &str) -> Result<bool, NotFound> {
    let kind = kinds::find_by_alias(word).ok_or_else(|| unknown_kind(word))?;
    Ok(kind.scope == Scope::Product)
}

/// The keys of the spec that the address is made of.
pub(super) fn identity(kind: &'static Kind) -> Vec<&'static str> {
    let product = kind.names.product_keys.first().copied().filter(|_| kind.scope == Scope::Product);
    std::iter::once("name").chain(product).collect()
}

fn unknown_kind(word: &str) -> NotFound {
    if let Some(near) = codes::similar(word) {
        return NotFound::Code { word: word.to_owned(), hint: did_you_mean(near) };
    }
    let hint = suggestion(word, "there are ", KINDS.iter().map(|kind| kind.name));
    NotFound::Kind { word: word.to_owned(), hint }
}

fn unknown_field(owner: &str, word: &str, fields: &'static [Attribute]) -> NotFound {
    let names = fields.iter().filter(|field| field.ignored.is_none()).map(|field| field.name);
    let hint = match fields {
        [] => "it has none".to_owned(),
        _ => suggestion(word, "it has ", names),
    };
    NotFound::Field { owner: owner.to_owned(), word: word.to_owned(), hint }
}
