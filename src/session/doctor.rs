//! `doctor`: what an apply will need, looked at one by one: address, connection, token, rights, clock, state,
//! lock, and what earlier runs left unfinished. Writes nothing to the server; takes the lock for a moment.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Date;

use crate::config::load;
use crate::live::gitlab::{GitLab, Token, User};
use crate::live::snapshot::{Collection, Snapshot, Wanted, refresh};
use crate::model::diagnostic::Severity;
use crate::resource::Address;
use crate::resource::kinds::{self, KINDS};
use crate::resource::schema::Listing;
use crate::state::State;

use super::connect::Connected;
use super::error::SessionError;
use super::open::Session;

/// How far the clocks may be apart, in seconds: the server names its clones after its seconds.
const APART: i64 = 2;
/// How many days before its end a token is worth a warning.
const SOON: i32 = 14;
/// GitLab's numbers for roles.
const MAINTAINER: u32 = 40;
const OWNER: u32 = 50;
/// What a token needs so that the server can write with it.
const SCOPE: &str = "api";
/// How many products are looked at for rights.
const PRODUCTS: usize = 20;

/// One thing that was looked at.
#[derive(Debug)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// How it is.
    pub outcome: Outcome,
}

/// How something is.
#[derive(Debug)]
pub enum Outcome {
    /// As it should be: what was seen.
    Fine(String),
    /// It works, and something is to be done: what was seen, and what to do.
    Warning(String, &'static str),
    /// It does not work: what was seen, and what to do.
    Broken(String, &'static str),
    /// It does not work, and the error says why.
    Failed(SessionError),
    /// It could not be looked at: why.
    Skipped(String),
}

impl Outcome {
    /// What was seen, unless it failed.
    fn of(result: Result<(), SessionError>, seen: String) -> Self {
        result.map_or_else(Self::Failed, |()| Self::Fine(seen))
    }

    /// Whether an apply would fail over it.
    pub const fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(..) | Self::Failed(_))
    }
}

/// What was looked at so far.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn push(&mut self, what: &'static str, outcome: Outcome) {
        self.0.push(Check { what, outcome });
    }
}

impl Session {
    /// Looks at everything; what depends on something broken is left out.
    pub async fn doctor(&self) -> Vec<Check> {
        let mut checks = Checks::default();
        let mut products = self.check_manifests(&mut checks);
        let mut connected = match self.connect().await {
            Ok(connected) => connected,
            Err(error) => {
                checks.push("address", Outcome::Failed(error));
                return checks.0;
            }
        };
        let server = connected.reader().server();
        let address = server.map_or_else(String::new, |server| server.to_string());
        checks.push("address", Outcome::Fine(address));
        let state = self.check_state(&mut connected, &mut checks).await;
        products.extend(state.iter().flat_map(|state| products_of(state.records.keys())));
        if self.check_server(&connected, &products, &mut checks).await {
            self.check_token(&connected, &products, &mut checks).await;
        }
        self.close(connected).await;
        checks.0
    }

    /// The manifests; their products.
    fn check_manifests(&self, checks: &mut Checks) -> BTreeSet<String> {
        let validated = match self.options.validate() {
            Ok(validated) => validated,
            Err(error) => {
                checks.push("manifests", Outcome::Failed(error));
                return BTreeSet::new();
            }
        };
        let found = &validated.manifests.diagnostics;
        let objects = validated.configuration.resources.len();
        let help = "nautform validate shows them";
        let outcome = match (found.count(Severity::Error), found.count(Severity::Warning)) {
            _ if self.options.path.is_dir() && load::is_empty(&self.options.path) => {
                let what =
                    "none yet: nautform init writes the first ones, nautform export those of what exists";
                Outcome::Skipped(what.to_owned())
            }
            (0, 0) => Outcome::Fine(format!("{objects} objects")),
            (0, warnings) => Outcome::Warning(format!("{objects} objects, {warnings} warnings"), help),
            (errors, _) => Outcome::Broken(format!("{errors} errors"), help),
        };
        checks.push("manifests", outcome);
        products_of(validated.configuration.resources.keys())
    }

    /// The state and its lock, and what is unfinished.
    async fn check_state(&self, connected: &mut Connected, checks: &mut Checks) -> Option<State> {
        let Some(mut store) = connected.store.take() else {
            checks.push("state", Outcome::Skipped("no state is used".to_owned()));
            return None;
        };
        let loaded = match store.load().await {
            Ok(loaded) => loaded,
            Err(error) => {
                checks.push("state", Outcome::Failed(error.into()));
                return None;
            }
        };
        let place = store.place();
        let seen = loaded.as_ref().map_or_else(
            || "none yet".to_owned(),
            |state| format!("{} objects, serial {}", state.records.len(), state.serial),
        );
        let owner = loaded.iter().try_for_each(|state| self.check_owner(state));
        checks.push("state", Outcome::of(owner, format!("{seen}, at {place}")));
        let lock = match self.lock(store.as_mut(), "doctor", Duration::ZERO).await {
            Ok(locked) => locked.unlock().await.map_err(SessionError::from),
            Err(error) => Err(error),
        };
        checks.push("lock", Outcome::of(lock, "free".to_owned()));
        if let Some(state) = &loaded {
            unfinished(state, checks);
        }
        loaded
    }

    /// The connection, the tenant repository and the products; whether the server was reached.
    async fn check_server(
        &self,
        connected: &Connected,
        products: &BTreeSet<String>,
        checks: &mut Checks,
    ) -> bool {
        let tenant = KINDS
            .iter()
            .copied()
            .filter(|kind| kind.is_outside_products() && kind.reading.listing != Listing::Sample);
        let lists: BTreeSet<Collection> = tenant.map(|kind| Collection::new(kind, None)).collect();
        let addresses = products.iter().map(|product| owner(product)).collect();
        let wanted = Wanted { addresses, lists, ..Wanted::default() };
        let mut snapshot = Snapshot::new();
        if let Err(error) = refresh(&connected.reader(), &wanted, &mut snapshot, &connected.refresh).await {
            checks.push("connection", Outcome::Failed(error.into()));
            return false;
        }
        checks.push("connection", Outcome::Fine("the server answers, and accepts the token".to_owned()));
        let tenant = match snapshot.failures().find(|(list, _)| list.product().is_none()) {
            None => Outcome::Fine("readable".to_owned()),
            Some((_, why)) => Outcome::Broken(
                why.to_owned(),
                "let the token's user read and push to main of the tenant repository",
            ),
        };
        checks.push("tenant repository", tenant);
        read_ways(&snapshot, products, checks);
        true
    }

    /// What GitLab says of the token and of its user.
    async fn check_token(&self, connected: &Connected, products: &BTreeSet<String>, checks: &mut Checks) {
        let source = connected.refresh.git.as_ref();
        let Some(Ok(gitlab)) = source.and_then(|source| source.client()) else {
            let why = "it is not known where GitLab is: set NAUTFORM_GITLAB";
            return checks.push("token", Outcome::Skipped(why.to_owned()));
        };
        match gitlab.token().await {
            Ok(token) => checks.push("token", about(&token, self.now().date())),
            Err(why) => checks.push("token", Outcome::Skipped(format!("GitLab does not say more: {why}"))),
        }
        let rights = match gitlab.user().await {
            Ok((user, ahead)) => {
                checks.push("clock", clock(ahead));
                rights(gitlab, &user, products).await
            }
            Err(why) => Outcome::Skipped(format!("GitLab does not say whose token it is: {why}")),
        };
        checks.push("rights", rights);
    }
}

fn products_of<'a>(addresses: impl Iterator<Item = &'a Address>) -> BTreeSet<String> {
    addresses.filter_map(|address| address.product_or_own().map(str::to_owned)).collect()
}

fn owner(product: &str) -> Address {
    Address::of_tenant(kinds::owner(), product)
}

/// How the products were read.
fn read_ways(snapshot: &Snapshot, products: &BTreeSet<String>, checks: &mut Checks) {
    let exists = |product: &str| snapshot.observed(&owner(product)).is_some();
    let slow: Vec<(&str, String)> =
        snapshot.ways.through_api().filter(|(product, _)| exists(product)).collect();
    let outcome = match slow.first() {
        Some((product, why)) => Outcome::Warning(
            format!(
                "{} of {} are read through the API, such as {product}: {why}",
                slow.len(),
                products.len()
            ),
            "let the token read the groups and their default.project: each list is a clone otherwise",
        ),
        None => Outcome::Fine(format!("{} looked at", products.len())),
    };
    checks.push("products", outcome);
}

fn about(token: &Token, today: Date) -> Outcome {
    if !token.scopes.is_empty() && !token.scopes.iter().any(|scope| scope == SCOPE) {
        let scopes = token.scopes.join(", ");
        return Outcome::Broken(
            format!("its scopes are {scopes}"),
            "make one with the scope api: the server writes to GitLab with it",
        );
    }
    match token.expires_at {
        Some(end) if end < today => Outcome::Broken(format!("it ended on {end}"), "make a new one"),
        Some(end) if (end - today).get_days() <= SOON => {
            Outcome::Warning(format!("it ends on {end}"), "make a new one, or rotate it")
        }
        Some(end) => Outcome::Fine(format!("scope api, until {end}")),
        None => Outcome::Fine("scope api".to_owned()),
    }
}

fn clock(ahead: Option<i64>) -> Outcome {
    match ahead {
        None => Outcome::Skipped("GitLab does not say what time it is".to_owned()),
        Some(ahead) if ahead.abs() > APART => Outcome::Warning(
            format!("this machine and GitLab differ by {} s", ahead.abs()),
            "set the clocks by NTP: leases and the pauses between writes go by them",
        ),
        Some(_) => Outcome::Fine("as GitLab's".to_owned()),
    }
}

/// What the user may do in the first products.
async fn rights(gitlab: &GitLab, user: &User, products: &BTreeSet<String>) -> Outcome {
    let mut low = Vec::new();
    for product in products.iter().take(PRODUCTS) {
        match gitlab.role(product, user).await {
            Ok(role) if role.unwrap_or_default() < OWNER => low.push((product, role)),
            Ok(_) => {}
            Err(why) => return Outcome::Skipped(format!("of product {product}: {why}")),
        }
    }
    let name = &user.username;
    let words = |role: &Option<u32>| match role {
        None => "no member",
        Some(MAINTAINER..) => "maintainer",
        Some(_) => "less than maintainer",
    };
    let shown: Vec<String> =
        low.iter().map(|(product, role)| format!("{product}: {}", words(role))).collect();
    let shown = shown.join(", ");
    match low.as_slice() {
        [] => Outcome::Fine(format!("@{name} owns all products that were looked at")),
        _ if user.is_admin => Outcome::Fine(format!("@{name} is an administrator")),
        low if low.iter().all(|(_, role)| role.is_some_and(|role| role >= MAINTAINER)) => Outcome::Warning(
            format!("@{name} owns not all products: {shown}"),
            "an owner is needed to change visibility and to delete",
        ),
        _ => Outcome::Warning(
            format!("@{name} may not write into all products: {shown}"),
            "make the user a maintainer of the group, or its owner to delete it too",
        ),
    }
}

/// What earlier runs began and did not end.
fn unfinished(state: &State, checks: &mut Checks) {
    let begun = state.incomplete.keys().chain(state.intents.keys()).chain(state.deletions.keys());
    let all: BTreeSet<&Address> = begun.collect();
    let Some(first) = all.first() else {
        return checks.push("unfinished writes", Outcome::Fine("none".to_owned()));
    };
    let number = all.len();
    let help = "plan shows them; the next apply sends writes again, and waits for deletions";
    checks.push("unfinished writes", Outcome::Warning(format!("{number}, such as {first}"), help));
}
