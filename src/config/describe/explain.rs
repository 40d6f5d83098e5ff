//! Explanations of kinds and fields, as values that a renderer lays out.

use crate::config::load::{ANNOTATIONS, API_VERSION};
use crate::resource::kinds::{self, KINDS};
use crate::resource::schema::{
    Attribute, Fixed, Kind, ReadBack, Reference, Scope, Strength, Type, group_words,
};

use super::lookup::{self, NotFound, Place};

/// What there is to say about a kind or a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Names and values on top: `KIND`, `FIELD`, `ADDRESS`.
    pub head: Vec<(&'static str, String)>,
    /// One sentence, or several.
    pub doc: String,
    /// Facts, each a sentence.
    pub facts: Vec<String>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What nautform's annotations do, for kinds.
    pub annotations: Vec<Field>,
}

/// One line about a field, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// `<string>`, and `-required-` where it is.
    pub ty: String,
    /// One sentence.
    pub doc: String,
}

impl Field {
    pub(super) fn new(name: impl Into<String>, ty: impl Into<String>, doc: &str) -> Self {
        Self { name: name.into(), ty: ty.into(), doc: doc.to_owned() }
    }
}

/// Every kind, with its sentence.
pub fn kinds() -> Vec<Field> {
    KINDS.iter().map(|kind| Field::new(kind.name, kind.names.aliases.join(", "), kind.doc)).collect()
}

/// Explains `KIND` or `KIND.field.field`.
///
/// # Errors
/// If there is no such kind or field; with a suggestion.
pub fn explain(path: &str) -> Result<Explanation, NotFound> {
    Ok(match lookup::find(path)? {
        Place::Kind(kind) => of_kind(kind),
        Place::Identity(kind, key) => of_identity(kind, key),
        Place::Field(kind, path, attribute) => of_field(kind, &path, attribute),
    })
}

fn of_kind(kind: &'static Kind) -> Explanation {
    let address = match kind.scope {
        Scope::Tenant => format!("{}/NAME", kind.name),
        Scope::Product => format!("{}/PRODUCT/NAME", kind.name),
    };
    let identity = lookup::identity(kind).into_iter();
    let identity = identity.map(|key| Field::new(key, REQUIRED_TEXT, identity_doc(key)));
    let mut facts = Vec::new();
    facts.extend(kind.deleting.irreversible.map(|what| format!("Deleting it permanently destroys {what}.")));
    for group in kind.unique {
        facts.push(format!("Within a product, each value of {} may be used once.", group_words(group)));
    }
    facts.extend(kind.bound.map(|bound| {
        format!("{} must not be above that of its {}: {}.", bound.field(), kinds::owner().name, bound.why)
    }));
    let annotations = ANNOTATIONS.iter().map(|known| Field::new(known.name, known.values, known.doc));
    Explanation {
        head: vec![
            ("KIND", kind.name.to_owned()),
            ("VERSION", API_VERSION.to_owned()),
            ("ADDRESS", address),
            ("ALSO", kind.names.aliases.join(", ")),
        ],
        doc: kind.doc.to_owned(),
        facts,
        fields: identity.chain(lines(kind.attributes)).collect(),
        annotations: annotations.collect(),
    }
}

const REQUIRED_TEXT: &str = "<string> -required-";

fn of_identity(kind: &'static Kind, key: &str) -> Explanation {
    Explanation {
        head: vec![
            ("KIND", kind.name.to_owned()),
            ("FIELD", key.to_owned()),
            ("TYPE", REQUIRED_TEXT.to_owned()),
        ],
        doc: identity_doc(key).to_owned(),
        facts: name_rule(kind, key).map(str::to_owned).into_iter().collect(),
        ..Explanation::default()
    }
}

/// What names may look like: those of the kind, or of what the object lives in.
fn name_rule(kind: &Kind, key: &str) -> Option<&'static str> {
    let named = if key == "name" { kind } else { kinds::owner() };
    Some(named.names.rule).filter(|rule| !rule.is_empty())
}

pub(super) fn identity_doc(key: &str) -> &'static str {
    match key {
        "name" => {
            "The object's name, here or as metadata.name. It can't be changed: another name is another object."
        }
        _ => "The product that it lives in.",
    }
}

fn of_field(kind: &'static Kind, path: &str, attribute: &'static Attribute) -> Explanation {
    Explanation {
        head: vec![
            ("KIND", kind.name.to_owned()),
            ("FIELD", path.split_once('.').map(|(_, field)| field.to_owned()).unwrap_or_default()),
            ("TYPE", ty(attribute)),
        ],
        doc: attribute.doc.to_owned(),
        facts: facts(attribute).into_iter().chain(also(attribute)).collect(),
        fields: lines(attribute.ty.fields()).collect(),
        ..Explanation::default()
    }
}

fn lines(attributes: &'static [Attribute]) -> impl Iterator<Item = Field> {
    let shown = attributes.iter().filter(|attribute| attribute.ignored.is_none());
    shown.map(|attribute| Field::new(attribute.name, ty(attribute), attribute.doc))
}

/// `<[]string> -required-`.
fn ty(attribute: &Attribute) -> String {
    let required = if attribute.required { " -required-" } else { "" };
    format!("<{}>{required}", shape(attribute.ty))
}

fn shape(ty: Type) -> String {
    match ty {
        Type::String | Type::Enum(_) => "string".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Secret => "secret".to_owned(),
        Type::List(item) | Type::Set(item) => format!("[]{}", shape(item.ty)),
        Type::Map { value, .. } => format!("map[string]{}", shape(value.ty)),
        Type::Object(_) => "object".to_owned(),
    }
}

/// What the table says of a field, its type apart.
pub(super) fn facts(attribute: &Attribute) -> Vec<String> {
    let mut facts = Vec::new();
    if let Type::Enum(words) = attribute.ty {
        facts.push(format!("One of: {}.", words.join(", ")));
    }
    facts.extend(attribute.default.map(|default| format!("If left out, the server stores '{default}'.")));
    facts.extend(attribute.refers_to.map(|reference| format!("Names {}.", target(reference))));
    facts.extend(attribute.keys_refer_to.map(|reference| format!("Each key names {}.", target(reference))));
    match attribute.fixed {
        Fixed::Never => {}
        Fixed::Always => facts.push("Can't change in place: the object is replaced.".to_owned()),
        Fixed::WhileUsed => {
            facts.push("Can't change while something uses the object: both are replaced then.".to_owned());
        }
    }
    match attribute.read_back {
        ReadBack::Always => {}
        ReadBack::Never | ReadBack::NorItsObject => facts
            .push("The server never returns it; a change is noticed by what was applied last.".to_owned()),
        ReadBack::When(_) => facts.push("The server does not return it for all objects.".to_owned()),
    }
    match attribute.ty {
        Type::Set(_) => facts.push("The order of the items does not matter.".to_owned()),
        Type::Secret => {
            let mapping = if attribute.content.is_some() { "a mapping, " } else { "" };
            facts.push(format!("Text, base64, {mapping}{{file: PATH}} or {{env: NAME}}; never shown."));
        }
        Type::Map { open: true, .. } => {
            facts.push("Keys that are not declared are left as they are on the server.".to_owned());
        }
        _ => {}
    }
    if attribute.computed {
        facts.push("Set by the server; accepted and not compared.".to_owned());
    }
    facts
}

/// The sentence about other spellings.
fn also(attribute: &Attribute) -> Option<String> {
    let names = other_names(attribute);
    (!names.is_empty()).then(|| format!("Also accepted as {}.", names.join(", ")))
}

/// Other spellings that manifests may use.
pub(super) fn other_names(attribute: &Attribute) -> Vec<&'static str> {
    let wire = Some(attribute.wire).filter(|wire| !wire.is_empty() && *wire != attribute.name);
    let mut names: Vec<&'static str> = wire.into_iter().collect();
    names.extend(attribute.aliases.iter().copied().filter(|alias| Some(*alias) != wire));
    names
}

fn target(reference: Reference) -> String {
    let article = if reference.kind.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    match reference.strength {
        Strength::Hard => format!("{article} {}, which must exist", reference.kind),
        Strength::Soft => format!("{article} {}, which need not exist", reference.kind),
    }
}
