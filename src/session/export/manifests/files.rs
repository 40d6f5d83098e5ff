//! From a snapshot to files: one for each object that was asked for, and what has none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::live::snapshot::{Live, Snapshot};
use crate::model::value::{Name, Path, Segment, Value};
use crate::resource::schema::{Attribute, ReadBack, Type};
use crate::resource::{Address, Pattern, Record};
use crate::state::State;

use super::minimize::Declare;
use super::placeholder::Variables;
use super::wanted::named;
use super::{Manifest, Placeholder, is_wanted, layout};

/// A manifest to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The object in it.
    pub address: Address,
    /// Where it goes, relative to the directory.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
    /// What it leaves open.
    pub placeholders: Vec<Placeholder>,
    /// Fields that the server does not return and no record of a last apply holds.
    pub unseen: Vec<Path>,
    /// Whether the server can't show the object, so that it is as it was applied last.
    pub from_state: bool,
}

/// An object that exists and that no file is written for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The object.
    pub address: Address,
    /// Why, as the rest of a sentence.
    pub why: String,
}

/// Everything to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    /// One file for each object, in the order of their paths.
    pub files: Vec<File>,
    /// What is left out.
    pub left_out: Vec<LeftOut>,
}

impl Export {
    /// Leaves out the objects with an objection.
    pub fn leave_out(&mut self, objections: BTreeMap<Address, String>) {
        self.files.retain(|file| !objections.contains_key(&file.address));
        self.left_out.extend(objections.into_iter().map(|(address, why)| LeftOut { address, why }));
        self.left_out.sort_by(|a, b| a.address.cmp(&b.address));
    }

    /// The fields, by kind, that the server does not return and no record of a last apply holds: whatever
    /// they hold is in no file.
    pub fn unseen(&self) -> BTreeSet<(&'static str, &Path)> {
        let of = |file: &'_ File| file.address.kind().name;
        self.files.iter().flat_map(|file| file.unseen.iter().map(move |path| (of(file), path))).collect()
    }
}

/// The fields that the server does not return of such an object, secrets apart.
fn unseen(attributes: &'static [Attribute], live: &Value, path: &mut Path, found: &mut Vec<Path>) {
    let null = Value::Null;
    let may_hold = |attribute: &&Attribute| {
        !matches!(attribute.ty, Type::Secret)
            && !matches!(attribute.read_back, ReadBack::NorItsObject)
            && attribute.ignored.is_none()
            && (attribute.applies)(live)
    };
    for attribute in attributes.iter().filter(may_hold) {
        let inner = live.get(attribute.name).unwrap_or(&null);
        path.push(Segment::Name(Name::known(&attribute.name)));
        match attribute.ty {
            _ if !attribute.is_readable_in(live) => found.push(path.clone()),
            Type::Object(fields) => unseen(fields, inner, path, found),
            Type::List(Attribute { ty: Type::Object(fields), .. })
            | Type::Set(Attribute { ty: Type::Object(fields), .. })
                if !inner.is_empty() =>
            {
                unseen(fields, &null, path, found);
            }
            _ => {}
        }
        path.pop();
    }
}

/// The files for the live objects that the targets cover (all, if there are none), and for those that the
/// server can't show if the state knows them. Fields that the server never returns come from the state, too.
pub(crate) fn files(snapshot: &Snapshot, state: Option<&State>, targets: &[Pattern]) -> Export {
    let mut export = Export::default();
    let mut variables = Variables::default();
    let record = |address: &Address| state.and_then(|state| state.records.get(address));
    for observed in snapshot.objects().filter(|observed| is_wanted(targets, &observed.address)) {
        let record = record(&observed.address);
        let seen = if observed.is_whole { Seen::Whole } else { Seen::Replied };
        export.add(&observed.address, &observed.spec, record, seen, &mut variables);
    }
    for (address, why) in snapshot.unreadable().filter(|(address, _)| is_wanted(targets, address)) {
        match record(address) {
            Some(record) => export.add(address, &record.applied, Some(record), Seen::Never, &mut variables),
            None => {
                let why =
                    format!("the server can't show it ({why}), and no state records how it was applied");
                export.left_out.push(LeftOut { address: address.clone(), why });
            }
        }
    }
    for address in named(targets, state) {
        if let Live::Unknown(why) = snapshot.live(&address) {
            let why = format!("it could not be read: {why}");
            export.left_out.push(LeftOut { address, why });
        }
    }
    export.files.sort_by(|a, b| a.path.cmp(&b.path));
    export.left_out.sort_by(|a, b| a.address.cmp(&b.address));
    export
}

/// How much of an object was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// All that is stored.
    Whole,
    /// What replies show.
    Replied,
    /// Nothing: it is as it was applied last.
    Never,
}

impl Export {
    fn add(
        &mut self,
        address: &Address,
        live: &Value,
        record: Option<&Record>,
        seen: Seen,
        variables: &mut Variables,
    ) {
        if let Err(why) = layout::check(address) {
            self.left_out.push(LeftOut { address: address.clone(), why });
            return;
        }
        let mut placeholders = Vec::new();
        let mut variable = |path: &Path| {
            let variable = variables.name(address, path);
            placeholders.push(Placeholder {
                address: address.clone(),
                path: path.clone(),
                variable: variable.clone(),
            });
            variable
        };
        let from_state = seen == Seen::Never;
        let defaults = if from_state { Value::Null } else { (address.kind().defaults)(address.name(), live) };
        let mut declare = Declare { defaults: &defaults, variable: &mut variable, path: Path::root() };
        let null = Value::Null;
        let applied = match seen {
            Seen::Whole => live,
            Seen::Replied | Seen::Never => record.map_or(&null, |record| &record.applied),
        };
        let manifest = Manifest {
            address: address.clone(),
            spec: declare.fields(address.kind().attributes, live, applied),
            prevent_destroy: record.is_some_and(|record| record.prevent_destroy),
            orphan: record.is_some_and(|record| record.orphan),
        };
        let text = manifest.text(&placeholders);
        let path = layout::path(address);
        let mut unknown = Vec::new();
        if record.is_none() && seen == Seen::Replied {
            unseen(address.kind().attributes, live, &mut Path::root(), &mut unknown);
        }
        self.files.push(File {
            address: address.clone(),
            path,
            text,
            placeholders,
            unseen: unknown,
            from_state,
        });
    }
}
