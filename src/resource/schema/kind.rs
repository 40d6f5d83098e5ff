//! The table of a kind: the vocabulary that `kinds` is written in. The engine reads these properties and
//! never a field's meaning.
//!
//! Invariant: a table is `static` data; everything here can be built in a `const`.

use std::fmt;

use crate::model::diagnostic::Diagnostics;
use crate::model::value::Value;
use crate::resource::catalogue::Catalogue;

use super::wire::Members;
use super::{
    Attribute, Bound, Check, Lint, Located, Manifests, Mismatches, ReplyPattern, Requirements, Teardown,
    TenantFiles, Unused,
};

/// A kind of object: its place in the API and all its attributes.
pub struct Kind {
    /// `Environment`: what manifests and addresses say.
    pub name: &'static str,
    /// One sentence for people (`nautform explain`, JSON Schema).
    pub doc: &'static str,
    /// What the kind and its objects are called.
    pub names: Names,
    /// Where objects of the kind live.
    pub scope: Scope,
    /// Whether objects of product-scoped kinds live in objects of this kind.
    pub is_owner: bool,
    /// The fields of the spec, in the order people expect them. `name` and the product keys are not among
    /// them.
    pub attributes: &'static [Attribute],
    /// Fields of former versions and what replaced them (§10).
    pub removed: &'static [Removed],
    /// Fills in what the server would otherwise garble, right after decoding (§3.4: a component without its
    /// name, a component of a platform of its own).
    pub complete: fn(spec: &mut Value, catalogue: Option<&Catalogue>),
    /// Rules that a table can't say.
    pub rules: &'static [Rule],
    /// Groups of fields whose values together may occur once per product.
    pub unique: &'static [&'static [FieldPath]],
    /// A field that must not be above the same field of the object's owner.
    pub bound: Option<Bound>,
    /// What an object needs beyond plain references (§6's permission rule).
    pub requirements: Option<Requirements>,
    /// What declared objects alone show to be wrong between an object and what its fields lead to.
    pub mismatches: Option<Mismatches>,
    /// What is worth a look among all declared objects of the kind.
    pub lints: &'static [Lint],
    /// What is said of an object that no other one needs; `None` if that is as it should be.
    pub unused: Option<Unused>,
    /// What a server that fills in defaults would store where the spec says nothing, given the object's name
    /// and a complete spec (live or desired). Only values that can be known here.
    pub defaults: fn(name: &str, spec: &Value) -> Value,
    /// Which writes and cloning reads must not run side by side (§8.5).
    pub lane: Lane,
    /// How objects are read, and what a reply says.
    pub reading: Reading,
    /// How objects are written, and what a write leaves behind.
    pub writing: Writing,
    /// How objects are deleted, and what a delete destroys and leaves.
    pub deleting: Deleting,
    /// Where the objects' manifests are in the config repository of their product; `None` if they have none.
    pub manifests: Option<Manifests>,
    /// The objects' files in the tenant's repository; `None` if they have none.
    pub tenant_files: Option<TenantFiles>,
}

impl Kind {
    /// A kind with nothing special about it; tables set what differs.
    pub const DEFAULT: Self = Self {
        name: "",
        doc: "",
        names: Names::DEFAULT,
        scope: Scope::Product,
        is_owner: false,
        attributes: &[],
        removed: &[],
        complete: |_, _| {},
        rules: &[],
        unique: &[],
        bound: None,
        requirements: None,
        mismatches: None,
        lints: &[],
        unused: None,
        defaults: |_, _| Value::Null,
        lane: Lane::Products,
        reading: Reading::DEFAULT,
        writing: Writing::DEFAULT,
        deleting: Deleting::DEFAULT,
        manifests: None,
        tenant_files: None,
    };
}

/// What the kind and its objects are called.
pub struct Names {
    /// Short names of the official CLI (nautes-api.md §9.1): `env`, `envs`.
    pub aliases: &'static [&'static str],
    /// The path segment of the collection: `environments` (§1.1).
    pub collection: &'static str,
    /// The spec's keys that name the owning product, the canonical one first. Empty for kinds of the tenant.
    pub product_keys: &'static [&'static str],
    /// Why a name is not allowed (§7), as the rest of a sentence: "must be a DNS label …".
    pub check: Check,
    /// The same for people, as a sentence.
    pub rule: &'static str,
    /// The same for editors, as far as a regular expression says it; empty if it says nothing.
    pub pattern: &'static str,
}

impl Names {
    /// Nothing special; tables set what differs.
    pub const DEFAULT: Self = Self {
        aliases: &[],
        collection: "",
        product_keys: &["product", "product_name", "productName"],
        check: |_| Ok(()),
        rule: "",
        pattern: "",
    };
}

/// How objects are read, and what a reply says.
pub struct Reading {
    /// Whether GET and LIST clone nothing and may run in parallel with everything (§8.5).
    pub unlocked: bool,
    /// Which objects LIST shows.
    pub listing: Listing,
    /// How the server says to a GET that an object does not exist (§2.3); what it says of most kinds, if a table
    /// says nothing.
    pub not_found: &'static [ReplyPattern],
    /// How the server fails to show an object that exists (§4.6); other failures say nothing of the object.
    pub unreadable: &'static [ReplyPattern],
    /// Puts the name that a reply shows at its top where the spec has it, if it is not the object's own name.
    pub reply: fn(shown_name: String, spec: &mut Value),
    /// The field of the spec that a reply's object is known by; empty if it is the name at the reply's top.
    pub name_in_reply: &'static [&'static str],
    /// The live field that other kinds' replies show instead of this object's name (§4.0 display names).
    pub display_name: &'static [&'static str],
}

impl Reading {
    /// Nothing special; tables set what differs.
    pub const DEFAULT: Self = Self {
        unlocked: false,
        listing: Listing::Complete,
        not_found: &[ReplyPattern::reason("RESOURCE_NOT_FOUND")],
        unreadable: &[],
        reply: |_, _| {},
        name_in_reply: &[],
        display_name: &[],
    };
}

/// How objects are written, and what a write leaves behind.
pub struct Writing {
    /// Completes a request that says less than the server needs: "always send path" (§4.1).
    pub request: for<'a> fn(name: &'a str, body: &mut Members<'a>),
    /// Whether this write or delete leaves clones or background work behind, given the spec, so that the lane
    /// has to rest until the next second (§8.2, §3.5).
    pub cooldown: fn(spec: &Value) -> bool,
    /// Whether a POST without a change does harm, so that it must not be repeated blindly (§3.5).
    pub unsafe_to_repeat: bool,
    /// Whether each object makes every later write in its product slower (§13 item 17).
    pub slows_later_writes: bool,
    /// Whether a write has effects that no read shows: keys, secrets, grants. It is done only when the server
    /// has answered it with success (§4.1, §4.4, §3.5).
    pub effects_outside_git: bool,
    /// The object whose files the server renders after it has answered a write, and forgets about if it is
    /// restarted before (§3.5): the name of another object of the kind.
    pub renders_later: fn(spec: &Value) -> Option<&str>,
}

impl Writing {
    /// Nothing special; tables set what differs.
    pub const DEFAULT: Self = Self {
        request: |_, _| {},
        cooldown: |_| false,
        unsafe_to_repeat: false,
        slows_later_writes: false,
        effects_outside_git: false,
        renders_later: |_| None,
    };
}

/// How objects are deleted, and what a delete destroys and leaves.
pub struct Deleting {
    /// Says what a delete permanently destroys, if it does: "the GitLab group … with all repositories and
    /// their history".
    pub irreversible: Option<&'static str>,
    /// Whether a delete leaves the object's secret in the server's Vault, given the spec (§3.5).
    pub leaves_secret: fn(spec: &Value) -> bool,
    /// Whether the server makes two clones for a DELETE, which fails if both begin in one second (§8.2).
    pub clones_twice: bool,
    /// Whether the platform deletes an object some time after its DELETE was answered with success (§4.1).
    pub finished_later: bool,
    /// How an object is deleted, if the server may leave that half done.
    pub teardown: Option<Teardown>,
    /// How the server says to a DELETE that an object does not exist (§2.3); what it says of most kinds, if a
    /// table says nothing.
    pub not_found: &'static [ReplyPattern],
}

impl Deleting {
    /// Nothing special; tables set what differs.
    pub const DEFAULT: Self = Self {
        irreversible: None,
        leaves_secret: |_| false,
        clones_twice: false,
        finished_later: false,
        teardown: None,
        not_found: &[ReplyPattern::message("not found or invalid. Please check")],
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

/// Which objects a LIST shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// All.
    Complete,
    /// All but some that exist: one that it lacks has to be asked for by name (§4.4).
    Gaps,
    /// A few, at random: existence is asked one by one (§4.1).
    Sample,
}

/// Requests of one lane run one after the other (§8.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Everything that clones the tenant repository.
    Tenant,
    /// Everything that clones a product's repository: they share one folder on the server.
    Products,
}

/// Names that lead to a field: `destination`, `environment`.
pub(crate) type FieldPath = &'static [&'static str];

/// The fields of a group, as words: `destination.environment and account`.
pub(crate) fn group_words(group: &[FieldPath]) -> String {
    group.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(" and ")
}

/// A field of a former version.
#[derive(Clone, Copy, Debug)]
pub struct Removed {
    /// The path in camelCase: `componentsList.ingressController`.
    pub path: FieldPath,
    /// What to write instead.
    pub help: &'static str,
    /// What has taken its place.
    pub successor: Successor,
}

impl Removed {
    /// Whether only its plain text form was removed: `destination: dev`.
    pub const fn is_form(&self) -> bool {
        matches!(self.successor, Successor::Inside(_))
    }

    /// Whether a key is this name, in camelCase or as the API has it.
    pub fn is_called(&self, name: &str, key: &str) -> bool {
        name == key || is_snake_case_of(name, key)
    }
}

/// What has taken the place of a field of a former version.
#[derive(Clone, Copy, Debug)]
pub enum Successor {
    /// Nothing: the platform does it by itself.
    Nothing,
    /// The same field under another name.
    Renamed(&'static str),
    /// Another field of the spec, or the fields of a mapping there, for specs of which this holds.
    Moved(FieldPath, fn(spec: &Value) -> bool),
    /// The text is a field of this name inside of it now.
    Inside(&'static str),
    /// It depends on what is meant.
    Open,
}

/// Whether `key` is the API's spelling of the camelCase `name`.
fn is_snake_case_of(name: &str, key: &str) -> bool {
    let mut key = key.chars();
    let fits = name.chars().all(|c| {
        let underscore = !c.is_ascii_uppercase() || key.next() == Some('_');
        underscore && key.next() == Some(c.to_ascii_lowercase())
    });
    fits && key.next().is_none()
}

/// A rule about a decoded spec; diagnostics go to the collector.
pub(crate) type Rule = fn(located: &Located<'_>, diagnostics: &mut Diagnostics);
