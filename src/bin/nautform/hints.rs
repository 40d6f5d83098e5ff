//! The texts of the library's hints: the flags and commands of this program.

use std::path::Path;

use nautform::hint::spell;
use nautform::{
    AddressError, Bound, EditError, Endpoint, EnvironmentError, ExportWriteError, GitError, Hint,
    OtherEnvironment, OtherFleet, OtherServer, Pattern, Permissions, Purpose, SessionError, StatePlace,
    StoreError,
};

use crate::ways;

/// What this program says for a hint.
pub(crate) fn text(hint: &Hint) -> String {
    let flags = |flag: &str, all: &[String]| {
        all.iter().map(|address| format!("{flag}={address}")).collect::<Vec<_>>().join(" ")
    };
    match hint {
        Hint::Text(text) => text.clone(),
        Hint::SecretsBelow => {
            "copy it into the work tree, or permit its directory with --secrets-below DIR".to_owned()
        }
        Hint::CheckServer => "check --api-server and proxies".to_owned(),
        Hint::SetVariable(name) => {
            format!("pass --var {name}=VALUE, --var-file FILE or set NAUTFORM_VAR_{name}")
        }
        Hint::Explain => "nautform explain KIND, or KIND.field, shows more".to_owned(),
        Hint::ShowUnmanaged => "--show-unmanaged lists them".to_owned(),
        Hint::SendSecrets => "--send-secrets sends it now".to_owned(),
        Hint::AllowReplace => "if that is what you want, pass --allow-replace".to_owned(),
        Hint::AllowIrreversible(_) => "pass --allow-irreversible to allow it".to_owned(),
        Hint::AllowDeletes(number) => format!("if that is what you want, pass --allow-deletes={number}"),
        Hint::AllowUpdates(number) => format!("if that is what you want, pass --allow-updates={number}"),
        Hint::Unprotect(address) => format!("pass --unprotect={address} to lift the protection once"),
        Hint::Target(all) => format!("pass {} as well", flags("--target", all)),
        Hint::WidenSelection => "let --target and --exclude include it".to_owned(),
        Hint::Forget => "if the state has both, remove one with: nautform state rm ADDRESS".to_owned(),
        Hint::Exclude(address) => format!("pass --exclude={address}"),
        Hint::Way(way) => ways::lines(way),
        Hint::SyncTimeout => "--sync-timeout sets how long to wait".to_owned(),
        Hint::DeleteTimeout => "if deletion is delayed in GitLab, it is scheduled and takes days; else --delete-timeout sets how long \
                                to wait"
            .to_owned(),
        Hint::LockTimeout => "--lock-timeout 10m waits for it".to_owned(),
        Hint::ForceUnlock(id) => format!("if its holder no longer runs: nautform force-unlock {id}"),
        Hint::Overwrite => "use --force to overwrite".to_owned(),
        Hint::PushAnyway => "use --force to push anyway".to_owned(),
    }
}

/// What to do about an error, if anything is known to help.
pub(crate) fn of(error: &SessionError) -> Option<String> {
    let hint = match error {
        SessionError::Refresh(error) => return error.hint().as_ref().map(text),
        SessionError::Address(AddressError::NotAllowed { .. }) => {
            "the owner of the pipeline may add it, or set the address by a flag or a variable"
        }
        SessionError::Address(AddressError::OtherServer { .. }) => {
            "set TF_HTTP_LOCK_ADDRESS and TF_HTTP_UNLOCK_ADDRESS as well, or NAUTFORM_ALLOWED_SERVERS"
        }
        SessionError::Address(AddressError::PlainHttp { .. }) => {
            "use https, or pass --allow-http (NAUTFORM_ALLOW_HTTP=true)"
        }
        SessionError::NoServer => "pass --api-server URL, set NAUTFORM_API_SERVER, or try --sandbox",
        SessionError::NoToken => {
            "set NAUTFORM_TOKEN (or GIT_TOKEN) to a GitLab access token, or pass --token-file"
        }
        SessionError::BackendSetting { .. } => {
            "a job sets the variable; elsewhere write the setting into nautform.yaml (nautform help state-stores), or \
             use no state with --stateless, or no server with --sandbox"
        }
        SessionError::State(StoreError::NoLock { .. }) => "if no other run writes this state, pass --no-lock",
        SessionError::State(StoreError::Held { holder }) => {
            let unlock = (!holder.id.is_empty()).then(|| Hint::ForceUnlock(holder.id.clone()));
            return spell(&std::iter::once(Hint::LockTimeout).chain(unlock).collect::<Vec<_>>(), text);
        }
        SessionError::NeedsWholeFleet(Purpose::Prune) => "--prune can't be used with a part of the fleet",
        SessionError::NeedsWholeFleet(Purpose::Discover) => {
            "--show-unmanaged and --fail-on unmanaged can't be used with a part of the fleet"
        }
        SessionError::CompleteDirectory => "--complete goes with - for standard input",
        SessionError::Git { source: GitError::Failed { command, .. }, .. } if command == "diff" => {
            "is the history deep enough for --changed-since?"
        }
        SessionError::Agreement(_) => {
            "--agreed=FINGERPRINT carries out a plan by the fingerprint of its note"
        }
        SessionError::Stateless => "run it without --stateless",
        SessionError::NotDeclared(pattern) => {
            return Some(format!("write its manifest with: nautform export --target={pattern}"));
        }
        SessionError::Export(ExportWriteError::Exists(_)) => return Some(text(&Hint::Overwrite)),
        SessionError::Edit(
            EditError::OtherFleet { .. }
            | EditError::OtherEnvironment { .. }
            | EditError::OtherLineage { .. }
            | EditError::Older { .. }
            | EditError::SameSerial(_),
        ) => {
            return Some(text(&Hint::PushAnyway));
        }
        SessionError::NotRepeated(missing) => {
            return Some(format!("repeat them: {}", flags(&missing.prune, &missing.permissions)));
        }
        SessionError::OtherServer(other) => return Some(other_server(other)),
        SessionError::OtherFleet(other) => return Some(other_fleet(other)),
        SessionError::OtherEnvironment(other) => return Some(other_environment(other)),
        SessionError::Environment(error) => return Some(environment(error)),
        SessionError::Irreversible(all) => {
            let all = all.iter().map(ToString::to_string).collect();
            return Some(text(&Hint::AllowIrreversible(all)));
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The options that permit this.
pub(crate) fn flags(prune: &[Pattern], permissions: &Permissions) -> String {
    let mut flags: Vec<String> = prune.iter().map(|pattern| format!("--prune='{pattern}'")).collect();
    flags.extend(permissions.unprotected.iter().map(|address| format!("--unprotect={address}")));
    flags.extend(permissions.unchecked.iter().map(|address| format!("--unchecked={address}")));
    if permissions.replace {
        flags.push("--allow-replace".to_owned());
    }
    for (flag, number) in [("deletes", permissions.deletes), ("updates", permissions.updates)] {
        if number > 0 {
            flags.push(format!("--allow-{flag}={number}"));
        }
    }
    flags.join(" ")
}

/// How to go on with a server that a state, plan or baseline is not for.
fn other_server(other: &OtherServer) -> String {
    let OtherServer { bound, servers, server, place } = other;
    match bound {
        Bound::State => {
            let address = server.address.as_ref().map(|address| format!(" {address}")).unwrap_or_default();
            format!(
                "if it is the same server, say so with: nautform state rebind --add{address}{}",
                at(place)
            )
        }
        Bound::Plan => "make a new plan for this server".to_owned(),
        Bound::Baseline => match servers.first().filter(|server| server.contains("://")) {
            Some(server) => format!(
                "remove the file to begin a new one; if it is the same server, say so with: nautform state \
                 rebind --add {server}{}",
                at(place)
            ),
            None => "remove the file to begin a new one".to_owned(),
        },
    }
}

/// How to go on with a state or baseline of another fleet.
fn other_fleet(other: &OtherFleet) -> String {
    const SEPARATE: &str = "each fleet needs a state of its own (`state:` in nautform.yaml)";
    match other {
        OtherFleet::Name { bound: Bound::State | Bound::Plan, ours, place, .. } => {
            format!("{SEPARATE}; if this one was renamed: nautform state rebind --fleet {ours}{}", at(place))
        }
        OtherFleet::Name { bound: Bound::Baseline, .. } => "remove the file to begin a new one".to_owned(),
        OtherFleet::Unnamed { theirs, .. } => format!(
            "{SEPARATE}; if it is this one's, write `fleet: {theirs}` into nautform.yaml, or merge the branch \
             that has it"
        ),
        OtherFleet::NothingDeclared { place, ours: Some(ours), .. } => {
            format!("{SEPARATE}; if it is this one's: nautform state rebind --fleet {ours}{}", at(place))
        }
        OtherFleet::NothingDeclared { place, ours: None, .. } => format!(
            "{SEPARATE}; if it is this one's, write `fleet: NAME` into nautform.yaml, then: nautform state \
             rebind --fleet NAME{}",
            at(place)
        ),
    }
}

/// How to go on with a state, plan or baseline of another environment.
fn other_environment(other: &OtherEnvironment) -> String {
    let OtherEnvironment { bound, theirs, place } = other;
    match (bound, theirs, &place.environment) {
        (Bound::State, None, Some(name)) => {
            format!("if it is that of {name}, say so with: nautform state rebind{}", at(place))
        }
        (Bound::State, Some(theirs), Some(name)) => format!(
            "each environment needs a state of its own (`state:` below it in nautform.yaml); if this one was \
             called {theirs} before and is {name} now: nautform state rebind{}",
            at(place)
        ),
        (Bound::State, _, None) => "merge the branch whose nautform.yaml declares it".to_owned(),
        (Bound::Plan, ..) => "make a new plan for this environment".to_owned(),
        (Bound::Baseline, ..) => {
            "remove the file to begin a new one, or give each environment its own".to_owned()
        }
    }
}

/// How to go on without an environment.
fn environment(error: &EnvironmentError) -> String {
    match error {
        EnvironmentError::NotChosen(_) => "choose one with -e NAME".to_owned(),
        EnvironmentError::Unknown { nearest: Some(name), .. } => format!("did you mean -e {name}?"),
        EnvironmentError::Unknown { .. } => {
            "declare it below `environments:`, or choose another one".to_owned()
        }
        EnvironmentError::NoneDeclared(_) => {
            "declare it below `environments:` in nautform.yaml, or leave -e out".to_owned()
        }
        EnvironmentError::StateOfNone { .. } => {
            "say which environment it belongs to with: nautform state rebind -e NAME".to_owned()
        }
        EnvironmentError::OfAnother { other, .. } => {
            format!("choose that with -e {other}, or name another server")
        }
        EnvironmentError::OtherThanDeclared { variable, endpoint: Endpoint::Server, .. } => {
            format!("unset {variable}; if it is the same server, pass --api-server")
        }
        EnvironmentError::OtherThanDeclared { variable, .. } => format!("unset {variable}"),
    }
}

/// The options that name a state, where they are needed.
fn at(place: &StatePlace) -> String {
    let StatePlace { root, sandbox, environment, .. } = place;
    let dir = if root == Path::new(".") {
        String::new()
    } else {
        format!(" --dir {}", ways::quoted(&root.display().to_string()))
    };
    let environment = environment.iter().map(|name| format!(" -e {name}"));
    let dir = environment.fold(dir, |dir, environment| dir + &environment);
    match sandbox.as_deref() {
        None => dir,
        Some("") => format!("{dir} --sandbox"),
        Some(file) => format!("{dir} --sandbox={file}"),
    }
}
