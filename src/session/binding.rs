//! Which fleet and which server a state, a saved plan and a baseline belong to. With another one they are
//! refused before anything is compared.
//!
//! A fleet is known by its name in `nautform.yaml`, a server by its [`Identity`]. What an older version of
//! nautform wrote names neither: it is taken as it is, and bound by the next command that writes it.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use crate::config::resolve::Configuration;
use crate::config::settings::Move;
use crate::live::client::Identity;
use crate::model::text::first_few;
use crate::resource::Address;
use crate::state::State;

/// How many addresses of a server an error names.
const SHOWN: usize = 4;

/// Which state it is about, for what can be done about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatePlace {
    /// The root of the fleet.
    pub root: PathBuf,
    /// The data file of the sandbox in this process, if its state is used; empty for the fleet's own.
    pub sandbox: Option<String>,
    /// The environment that is chosen.
    pub environment: Option<String>,
    /// Whether `nautform.yaml` is not read, so that the fleet's name is not known.
    pub without_settings: bool,
}

/// What is bound to a fleet and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The state.
    State,
    /// A saved plan.
    Plan,
    /// The baseline of a drift check.
    Baseline,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::State => "the state",
            Self::Plan => "the saved plan",
            Self::Baseline => "the baseline",
        })
    }
}

/// A state, plan or baseline is used with a server that it was not made against.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{bound} is for {}, and this server is {server}", first_few(servers, SHOWN))]
pub struct OtherServer {
    /// What was made against another server.
    pub bound: Bound,
    /// The servers that it was made against: one, under different addresses.
    pub servers: Vec<String>,
    /// The server that was about to be used.
    pub server: Identity,
    /// Where the state is.
    pub place: StatePlace,
}

/// A state or baseline is used by a fleet that it does not belong to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtherFleet {
    /// Both have names, and different ones.
    #[error("{bound} is of the fleet {theirs}, and nautform.yaml names {ours}")]
    Name {
        /// What belongs to another fleet.
        bound: Bound,
        /// Its fleet.
        theirs: String,
        /// This fleet.
        ours: String,
        /// Where the state is.
        place: StatePlace,
    },
    /// It has a name, and this fleet has none: it may be any other one.
    #[error("{bound} is of the fleet {theirs}, and nautform.yaml names no fleet")]
    Unnamed {
        /// What belongs to a fleet.
        bound: Bound,
        /// Its fleet.
        theirs: String,
        /// Where the state is.
        place: StatePlace,
    },
    /// The manifests declare no object of the state, and no name says that it is the same fleet.
    #[error("the manifests declare none of the {count} objects in the state: it is that of another fleet")]
    NothingDeclared {
        /// How many objects the state has.
        count: usize,
        /// Where the state is.
        place: StatePlace,
        /// The name of this fleet, if it has one.
        ours: Option<String>,
    },
}

/// A state, plan or baseline is of another environment than the one that is chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{bound} is {}, and {}", of_environment(theirs.as_ref()), chosen(place.environment.as_ref()))]
pub struct OtherEnvironment {
    /// What belongs to another environment.
    pub bound: Bound,
    /// Its environment; `None` if it is of the time before there were any.
    pub theirs: Option<String>,
    /// Where the state is, and which environment is chosen.
    pub place: StatePlace,
}

fn of_environment(name: Option<&String>) -> String {
    name.map_or_else(|| "of no environment".to_owned(), |name| format!("of the environment {name}"))
}

fn chosen(name: Option<&String>) -> String {
    name.map_or_else(|| "none is declared here".to_owned(), |name| format!("{name} is chosen"))
}

/// Refuses what belongs to another environment, or to none where one is chosen.
pub(crate) fn check_environment(
    bound: Bound,
    theirs: Option<&String>,
    place: &StatePlace,
) -> Result<(), Box<OtherEnvironment>> {
    if theirs == place.environment.as_ref() {
        return Ok(());
    }
    Err(Box::new(OtherEnvironment { bound, theirs: theirs.cloned(), place: place.clone() }))
}

/// Refuses the state of another environment. One that names no object is for any.
pub(crate) fn check_environment_of(state: &State, place: &StatePlace) -> Result<(), Box<OtherEnvironment>> {
    if state.is_empty() {
        return Ok(());
    }
    check_environment(Bound::State, state.environment.as_ref(), place)
}

/// Refuses a state that another server was written with; `state` is `None` for `--stateless`.
pub(crate) fn check_state(state: Option<&State>, server: Option<&Identity>) -> Result<(), Box<OtherServer>> {
    let (Some(state), Some(server)) = (state, server) else { return Ok(()) };
    check(Bound::State, state.bound_servers(), server)
}

/// Refuses a saved plan or a baseline that was made with another server, unless the state has both.
pub(crate) fn check_file(
    bound: Bound,
    made_with: Option<&String>,
    state: Option<&State>,
    server: Option<&Identity>,
) -> Result<(), Box<OtherServer>> {
    let (Some(made_with), Some(server)) = (made_with, server) else { return Ok(()) };
    let aliases = state.map(|state| state.servers.as_slice()).filter(|all| all.contains(made_with));
    check(bound, aliases.unwrap_or(std::slice::from_ref(made_with)), server)
}

fn check(bound: Bound, servers: &[String], server: &Identity) -> Result<(), Box<OtherServer>> {
    if servers.is_empty() || server.is_among(servers) {
        return Ok(());
    }
    let other = OtherServer {
        bound,
        servers: servers.to_vec(),
        server: server.clone(),
        place: StatePlace::default(),
    };
    Err(Box::new(other))
}

/// Refuses what belongs to a fleet of another name. A run without a name does not write into the state of a
/// fleet that has one: only the name says whose objects it may delete. A baseline is only compared with.
pub(crate) fn check_fleet(
    bound: Bound,
    theirs: Option<&String>,
    ours: Option<&str>,
    place: &StatePlace,
) -> Result<(), Box<OtherFleet>> {
    let Some(theirs) = theirs.cloned() else { return Ok(()) };
    let place = place.clone();
    Err(Box::new(match ours.map(str::to_owned) {
        Some(ours) if theirs != ours => OtherFleet::Name { bound, theirs, ours, place },
        None if bound == Bound::State && !place.without_settings => {
            OtherFleet::Unnamed { bound, theirs, place }
        }
        _ => return Ok(()),
    }))
}

/// Whether the manifests declare objects and none of those in the state, under their old or new addresses.
/// Case is no difference: it is an error of its own.
pub(crate) fn declares_none(configuration: &Configuration, state: &State, moves: &[Move]) -> bool {
    let resources = &configuration.resources;
    if state.records.is_empty() || resources.is_empty() {
        return false;
    }
    let moved = |address: &Address| {
        moves.iter().any(|rule| rule.from == *address && resources.contains_key(&rule.to))
    };
    if state.named().any(|address| resources.contains_key(address) || moved(address)) {
        return false;
    }
    let lower = |address: &Address| address.to_string().to_lowercase();
    let declared: HashSet<String> = resources.keys().map(lower).collect();
    !state.named().any(|address| declared.contains(&lower(address)))
}
