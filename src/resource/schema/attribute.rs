//! Fields: what each holds, how it may change, what it names, and whether the server returns it.
//!
//! Invariant: as for [`Kind`](super::Kind), everything can be built in a `const`.

use crate::model::value::{ContentOf, Value};

use super::{ExpiryOf, Kept};

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// The manifest's camelCase name (§9.2).
    pub name: &'static str,
    /// The API's name; empty if it equals `name`.
    pub wire: &'static str,
    /// Other spellings that manifests may use (§9.3). The wire name is always accepted.
    pub aliases: &'static [&'static str],
    /// What it holds.
    pub ty: Type,
    /// One sentence for people.
    pub doc: &'static str,
    /// Whether a manifest must give it.
    pub required: bool,
    /// What the server stores when it is absent, if that is the same for all objects.
    pub default: Option<&'static str>,
    /// Which object the text (or each item) names.
    pub refers_to: Option<Reference>,
    /// For maps: which object each key names.
    pub keys_refer_to: Option<Reference>,
    /// Whether the server ever returns it.
    pub read_back: ReadBack,
    /// Whether it can change in place.
    pub fixed: Fixed,
    /// Whether the field means anything for an object with these fields around it.
    pub applies: fn(parent: &Value) -> bool,
    /// Set by the server, accepted in manifests and never sent or compared.
    pub computed: bool,
    /// Accepted in manifests, since examples have it, and dropped: why.
    pub ignored: Option<&'static str>,
    /// The server keeps the old value when it gets an empty one (§4.1, §4.4), so empty means "not declared".
    pub keeps_when_empty: bool,
    /// Leaving it out says "empty", not "as it is": a binding without projects lends to the whole product
    /// (§4.5).
    pub absent_is_empty: bool,
    /// Checks one text (or each item); the error completes the sentence "`<field>` …".
    pub check: Option<Check>,
    /// The same for editors, as far as a regular expression says it; empty if it says nothing.
    pub pattern: &'static str,
    /// Translates the text for the wire.
    pub encode: Option<fn(&str) -> String>,
    /// For secrets: what a text says whatever its form, for comparisons.
    pub content: Option<ContentOf>,
    /// For secrets: which parts of a text are valid for some time only.
    pub expiry: Option<ExpiryOf>,
    /// Where the platform keeps it.
    pub kept: Kept,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Text; numbers and truth values in YAML are taken as written.
    String,
    /// A truth value, YAML 1.1 spellings included (§9.2).
    Bool,
    /// One of a few words.
    Enum(&'static [&'static str]),
    /// Text from a value source (inline, base64, file, env) that must never be shown.
    Secret,
    /// Items whose order matters.
    List(Element),
    /// Items whose order does not matter.
    Set(Element),
    /// The user's own keys. `open` maps may hold more on the server than was declared (§3.4 additions).
    Map {
        /// What each key leads to.
        value: Element,
        /// Whether keys that were not declared are left alone.
        open: bool,
    },
    /// Fields of its own.
    Object(&'static [Attribute]),
}

/// An item of a list, or the value of a map's key: an attribute whose name does not matter.
pub(crate) type Element = &'static Attribute;

/// Whether the server returns what was sent.
#[derive(Clone, Copy, Debug)]
pub enum ReadBack {
    /// Always.
    Always,
    /// Never: compared with the state only.
    Never,
    /// Never, nor the object that has it: compared with the state only, and empty in whatever can be read.
    NorItsObject,
    /// Only if this holds for the live object that has it; compared with the state only where not.
    When(fn(live_parent: &Value) -> bool),
}

/// Whether a field can change (§5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// Freely.
    Never,
    /// Only by deleting and creating the object.
    Always,
    /// Only while nothing refers to the object.
    WhileUsed,
}

/// A field names another object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The kind's name. Product-scoped kinds are looked up in the same product.
    pub kind: &'static str,
    /// Whether it must exist.
    pub strength: Strength,
}

/// How strongly one object needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// It must exist first, and may only be deleted afterwards.
    Hard,
    /// Worth an order, never worth a cycle or a diagnostic (§6: products in a cluster's allow-lists).
    Soft,
}

/// Checks a text; the error is the rest of a sentence about it: "must be a DNS label …".
pub(crate) type Check = fn(&str) -> Result<(), String>;

impl Attribute {
    /// A field with nothing special about it.
    pub const fn new(name: &'static str, ty: Type) -> Self {
        Self {
            name,
            wire: "",
            aliases: &[],
            ty,
            doc: "",
            required: false,
            default: None,
            refers_to: None,
            keys_refer_to: None,
            read_back: ReadBack::Always,
            fixed: Fixed::Never,
            applies: |_| true,
            computed: false,
            ignored: None,
            keeps_when_empty: false,
            absent_is_empty: false,
            check: None,
            pattern: "",
            encode: None,
            content: None,
            expiry: None,
            kept: Kept::InManifest(""),
        }
    }

    /// The API's name for it.
    pub const fn wire(mut self, wire: &'static str) -> Self {
        self.wire = wire;
        self
    }

    /// Other spellings.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// One sentence for people.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Must be given, and not empty.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What the server stores when it is absent.
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Names an object that must exist.
    pub const fn refers_to(mut self, kind: &'static str) -> Self {
        self.refers_to = Some(Reference { kind, strength: Strength::Hard });
        self
    }

    /// Names an object that need not exist.
    pub const fn mentions(mut self, kind: &'static str) -> Self {
        self.refers_to = Some(Reference { kind, strength: Strength::Soft });
        self
    }

    /// Each key of the map names an object that need not exist.
    pub const fn keys_reference(mut self, kind: &'static str) -> Self {
        self.keys_refer_to = Some(Reference { kind, strength: Strength::Soft });
        self
    }

    /// Never returned by the server.
    pub const fn write_only(mut self) -> Self {
        self.read_back = ReadBack::Never;
        self
    }

    /// Never returned by the server, nor is the object that has it.
    pub const fn makes_unreadable(mut self) -> Self {
        self.read_back = ReadBack::NorItsObject;
        self
    }

    /// Returned only if this holds for the live object that has it.
    pub const fn readable_when(mut self, readable: fn(&Value) -> bool) -> Self {
        self.read_back = ReadBack::When(readable);
        self
    }

    /// Whether it can change in place.
    pub const fn fixed(mut self, fixed: Fixed) -> Self {
        self.fixed = fixed;
        self
    }

    /// Means something only for an object with such fields around it.
    pub const fn applies_when(mut self, applies: fn(&Value) -> bool) -> Self {
        self.applies = applies;
        self
    }

    /// Set by the server.
    pub const fn computed(mut self) -> Self {
        self.computed = true;
        self
    }

    /// Accepted and dropped.
    pub const fn ignored(mut self, why: &'static str) -> Self {
        self.ignored = Some(why);
        self
    }

    /// The server can't empty it.
    pub const fn keeps_when_empty(mut self) -> Self {
        self.keeps_when_empty = true;
        self
    }

    /// Leaving it out says that it is empty.
    pub const fn absent_is_empty(mut self) -> Self {
        self.absent_is_empty = true;
        self
    }

    /// Checks the text.
    pub const fn check(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// What a text looks like, for editors.
    pub const fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = pattern;
        self
    }

    /// Translates the text for the wire.
    pub const fn encode(mut self, encode: fn(&str) -> String) -> Self {
        self.encode = Some(encode);
        self
    }

    /// Texts with the same content are the same.
    pub const fn content(mut self, content: ContentOf) -> Self {
        self.content = Some(content);
        self
    }

    /// Parts of the text are valid for some time only.
    pub const fn expiry(mut self, expiry: ExpiryOf) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// In the stored manifest it has this name.
    pub const fn stored_as(mut self, name: &'static str) -> Self {
        self.kept = Kept::InManifest(name);
        self
    }

    /// GitLab has it, not the stored manifest.
    pub const fn kept_in_gitlab(mut self) -> Self {
        self.kept = Kept::InGitLab;
        self
    }

    /// It is kept where it can't be read.
    pub const fn kept_elsewhere(mut self) -> Self {
        self.kept = Kept::Elsewhere;
        self
    }

    /// The API's name.
    pub const fn wire_name(&self) -> &'static str {
        if self.wire.is_empty() { self.name } else { self.wire }
    }

    /// Whether a manifest's key means this field.
    pub fn answers_to(&self, key: &str) -> bool {
        self.name == key || self.wire_name() == key || self.aliases.contains(&key)
    }

    /// Whether it is sent and compared: not what the server sets, nor what is dropped.
    pub const fn is_sent(&self) -> bool {
        !self.computed && self.ignored.is_none()
    }

    /// Whether the server never returns it, whatever the object.
    pub const fn is_hidden(&self) -> bool {
        matches!(self.read_back, ReadBack::Never | ReadBack::NorItsObject)
    }

    /// Whether the server returns it for the live object (or part of one) that has it.
    pub fn is_readable_in(&self, live_parent: &Value) -> bool {
        match self.read_back {
            ReadBack::Always => true,
            ReadBack::Never | ReadBack::NorItsObject => false,
            ReadBack::When(readable) => readable(live_parent),
        }
    }
}
