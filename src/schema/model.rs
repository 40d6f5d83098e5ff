//! The vocabulary of the kind tables. The engine reads these properties and never a field's meaning.
//!
//! Invariant: a table is `static` data; everything here can be built in a `const`.

use std::fmt;

use crate::diagnostic::Diagnostics;
use crate::value::{Path, Value};

use super::Located;

/// A kind of object: its place in the API and all its attributes.
pub struct Kind {
    /// `Environment`: what manifests and addresses say.
    pub name: &'static str,
    /// One sentence for people (`nautform explain`, JSON Schema).
    pub doc: &'static str,
    /// Short names of the official CLI (nautes-api.md §9.1): `env`, `envs`.
    pub aliases: &'static [&'static str],
    /// Where objects of the kind live.
    pub scope: Scope,
    /// Whether objects of product-scoped kinds live in objects of this kind.
    pub is_owner: bool,
    /// The path segment of the collection: `environments` (§1.1).
    pub collection: &'static str,
    /// The spec's keys that name the owning product, the canonical one first. Empty for kinds of the tenant.
    pub product_keys: &'static [&'static str],
    /// The fields of the spec, in the order people expect them. `name` and the product keys are not among them.
    pub attributes: &'static [Attribute],
    /// Fields of former versions and what replaced them (§10).
    pub removed: &'static [Removed],
    /// Why a name is not allowed (§7), as the rest of a sentence: "must be a DNS label …".
    pub check_name: Check,
    /// Fills in what the server would otherwise garble, right after decoding (§3.4: a component without its name).
    pub complete: fn(name: &str, spec: &mut Value),
    /// Rules that a table can't say.
    pub rules: &'static [Rule],
    /// Groups of fields whose values together may occur once per product.
    pub unique: &'static [&'static [FieldPath]],
    /// What an object needs beyond plain references (§6's permission rule).
    pub requirements: Option<Requirements>,
    /// What declared objects alone show to be wrong between an object and what its fields lead to.
    pub mismatches: Option<Mismatches>,
    /// What a server that fills in defaults would store where the spec says nothing, given the object's name
    /// and a complete spec (live or desired). Only values that can be known here.
    pub defaults: fn(name: &str, spec: &Value) -> Value,
    /// Says what a delete destroys for good, if it does: "the GitLab group … with all repositories and their history".
    pub irreversible: Option<&'static str>,
    /// Which writes and cloning reads must not run side by side (§8.5).
    pub lane: Lane,
    /// Whether GET and LIST clone nothing and may run beside everything (§8.5).
    pub free_reads: bool,
    /// Whether LIST shows all objects; if not, existence is asked for one by one (§4.1).
    pub complete_list: bool,
    /// Whether LIST may hide objects that exist, so that an absent one has to be asked for by name (§4.4).
    pub list_hides: bool,
    /// Whether this write or delete leaves clones or background work behind, given the spec, so that the lane has to
    /// rest until the next second (§8.2, §3.5).
    pub rests: fn(spec: &Value) -> bool,
    /// Whether the server makes two clones for a DELETE, which fails if both begin in one second (§8.2).
    pub delete_clones_twice: bool,
    /// Whether a POST without a change does harm, so that it must not be repeated blindly (§3.5).
    pub costly_save: bool,
    /// How the server says that an object does not exist (§2.3).
    pub absence: Absence,
    /// How the server fails to show an object that exists (§4.6); other failures say nothing of the object.
    pub unreadable: &'static [ReplyPattern],
    /// Completes a request that says less than the server needs: "always send path" (§4.1).
    pub request: fn(name: &str, body: &mut serde_json::Map<String, serde_json::Value>),
    /// Puts the name that a reply shows at its top where the spec has it, if it is not the object's own name.
    pub reply: fn(shown_name: String, spec: &mut Value),
    /// The field of the spec that a reply's object is known by; empty if it is the name at the reply's top.
    pub name_in_reply: &'static [&'static str],
    /// The live field that other kinds' replies show instead of this object's name (§4.0 display names).
    pub display_name: &'static [&'static str],
}

impl Kind {
    /// A kind with nothing special about it; tables set what differs.
    pub const PLAIN: Self = Self {
        name: "",
        doc: "",
        aliases: &[],
        scope: Scope::Product,
        is_owner: false,
        collection: "",
        product_keys: &["product", "product_name", "productName"],
        attributes: &[],
        removed: &[],
        check_name: |_| Ok(()),
        complete: |_, _| {},
        rules: &[],
        unique: &[],
        requirements: None,
        mismatches: None,
        defaults: |_, _| Value::Null,
        irreversible: None,
        lane: Lane::Products,
        free_reads: false,
        complete_list: true,
        list_hides: false,
        rests: |_| false,
        delete_clones_twice: false,
        costly_save: false,
        absence: Absence { get: &[], delete: &[] },
        unreadable: &[],
        request: |_, _| {},
        reply: |_, _| {},
        name_in_reply: &[],
        display_name: &[],
    };
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Where objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One name space for the whole tenant.
    Tenant,
    /// One name space for each product.
    Product,
}

/// Requests of one lane run one after the other (§8.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Everything that clones the tenant repository.
    Tenant,
    /// Everything that clones a product's repository: they share one folder on the server.
    Products,
}

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
    /// Leaving it out says "empty", not "as it is": a binding without projects lends to the whole product (§4.5).
    pub absent_is_empty: bool,
    /// Checks one text (or each item); the error completes the sentence "`<field>` …".
    pub check: Option<Check>,
    /// Translates the text for the wire.
    pub encode: Option<fn(&str) -> String>,
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

/// What stands in a list or behind a map's key: an attribute whose name does not matter.
pub type Element = &'static Attribute;

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
    /// Worth an order, never worth a cycle or a complaint (§6: products in a cluster's allow-lists).
    Soft,
}

/// Names that lead to a field: `destination`, `environment`.
pub type FieldPath = &'static [&'static str];

/// The fields of a group, as words: `destination.environment and account`.
pub fn group_words(group: &[FieldPath]) -> String {
    group.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(" and ")
}

/// A field of a former version.
#[derive(Clone, Copy, Debug)]
pub struct Removed {
    /// The path in camelCase: `componentsList.ingressController`.
    pub path: FieldPath,
    /// What to write instead.
    pub help: &'static str,
    /// Whether only its plain text form was removed: `destination: dev`.
    pub scalar: bool,
}

/// A rule about a decoded spec; complaints go to the collector.
pub type Rule = fn(located: &Located<'_>, diagnostics: &mut Diagnostics);

/// Checks a text; the error is the rest of a sentence about it: "must be a DNS label …".
pub type Check = fn(&str) -> Result<(), String>;

/// What an object needs beyond its plain references, given its name, its spec and the other objects of its product.
pub type Requirements = fn(name: &str, spec: &Value, siblings: &dyn Siblings) -> Vec<Requirement>;

/// What does not go together with the objects that the fields lead to.
pub type Mismatches = fn(spec: &Value, siblings: &dyn Siblings) -> Vec<Mismatch>;

/// A field that does not go with the object it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The field.
    pub path: Path,
    /// The other object: its kind and name.
    pub with: (&'static str, String),
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// What a requirement may ask about the other desired objects of the same product.
pub trait Siblings {
    /// The spec of an object.
    fn spec(&self, kind: &str, name: &str) -> Option<&Value>;
    /// Names of the objects of `kind` whose text attribute `attribute` equals `value`, in their order.
    fn having(&self, kind: &str, attribute: &str, value: &str) -> Vec<&str>;
}

/// Something that must be there besides what the fields name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The field it comes from.
    pub path: Path,
    /// What grants it among the desired objects; all of them are created before, deleted after.
    pub granted_by: Vec<Grant>,
    /// Whether the granting objects in `granted_by`, or the object's own spec, satisfy it.
    pub satisfied: bool,
    /// Whether the desired objects alone decide it: the repository is declared, so nothing live can grant it unseen. An
    /// undecided one is looked up in the live state.
    pub decided: bool,
    /// The kind of the objects that could grant it.
    pub grants: &'static str,
    /// What is missing, as a sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// An object that grants a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its kind's name.
    pub kind: &'static str,
    /// Its name in the same product.
    pub name: String,
}

/// How the server says that an object does not exist (§2.3).
#[derive(Clone, Copy, Debug)]
pub struct Absence {
    /// Replies to GET.
    pub get: &'static [ReplyPattern],
    /// Replies to DELETE.
    pub delete: &'static [ReplyPattern],
}

/// Matches an error reply.
#[derive(Clone, Copy, Debug)]
pub struct ReplyPattern {
    /// The exact reason, if it matters.
    pub reason: Option<&'static str>,
    /// A part of the message; empty matches all.
    pub message: &'static str,
}

impl ReplyPattern {
    /// A reply with this reason, whatever it says.
    pub const fn reason(reason: &'static str) -> Self {
        Self { reason: Some(reason), message: "" }
    }

    /// A reply that says this.
    pub const fn message(message: &'static str) -> Self {
        Self { reason: None, message }
    }

    /// Whether an error reply matches.
    pub fn matches(&self, reason: &str, message: &str) -> bool {
        self.reason.is_none_or(|wanted| wanted == reason) && message.contains(self.message)
    }
}

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
            encode: None,
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
    pub const fn keys_mention(mut self, kind: &'static str) -> Self {
        self.keys_refer_to = Some(Reference { kind, strength: Strength::Soft });
        self
    }

    /// Never returned by the server.
    pub const fn write_only(mut self) -> Self {
        self.read_back = ReadBack::Never;
        self
    }

    /// Never returned by the server, nor is the object that has it.
    pub const fn hides_its_object(mut self) -> Self {
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

    /// Translates the text for the wire.
    pub const fn encode(mut self, encode: fn(&str) -> String) -> Self {
        self.encode = Some(encode);
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
}
