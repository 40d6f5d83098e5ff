//! The words for the library's hints: the flags and commands of this program.

use nautform::live::snapshot::RefreshError;
use nautform::model::hint::Hint;
use nautform::session::OpsError;

/// What this program says for a hint.
pub(crate) fn words(hint: &Hint) -> String {
    let flags = |flag: &str, all: &[String]| {
        all.iter().map(|address| format!("{flag}={address}")).collect::<Vec<_>>().join(" ")
    };
    match hint {
        Hint::Text(text) => text.clone(),
        Hint::CheckServer => "check --api-server and proxies".to_owned(),
        Hint::SetVariable(name) => {
            format!("pass --var {name}=VALUE, --var-file FILE or set NAUTFORM_VAR_{name}")
        }
        Hint::Explain => "nautform explain KIND, or KIND.field, shows more".to_owned(),
        Hint::ShowUnmanaged => "--show-unmanaged lists them".to_owned(),
        Hint::AllowReplace => "if that is what you want, pass --allow-replace".to_owned(),
        Hint::AllowIrreversible(all) => {
            format!("if that is what you want, pass {}", flags("--allow-irreversible", all))
        }
        Hint::AllowDeletes(number) => format!("if that is what you want, pass --allow-deletes={number}"),
        Hint::AllowUpdates(number) => format!("if that is what you want, pass --allow-updates={number}"),
        Hint::Unprotect(address) => format!("pass --unprotect={address} to lift the protection once"),
        Hint::Target(all) => format!("pass {} as well", flags("--target", all)),
        Hint::WidenSelection => "let --target and --exclude include it".to_owned(),
        Hint::Forget => "if the state has both, remove one with: nautform state rm ADDRESS".to_owned(),
        Hint::Exclude(address) => format!("pass --exclude={address}"),
        Hint::SkipRehearsal => "pass --no-rehearse to apply anyway".to_owned(),
        Hint::SyncTimeout => "--sync-timeout sets how long to wait".to_owned(),
        Hint::DeleteTimeout => "--delete-timeout sets how long to wait".to_owned(),
        Hint::LockTimeout => "--lock-timeout 10m waits for it".to_owned(),
        Hint::ForceUnlock(id) => format!("if its holder is gone for good: nautform force-unlock {id}"),
        Hint::Overwrite => "use --force to overwrite".to_owned(),
        Hint::PushAnyway => "use --force to push anyway".to_owned(),
    }
}

/// The hint of an error, if it has one.
pub(crate) fn of(error: &anyhow::Error) -> Option<Hint> {
    let refresh = error.downcast_ref::<RefreshError>().or_else(|| match error.downcast_ref::<OpsError>() {
        Some(OpsError::Refresh(error)) => Some(error),
        _ => None,
    });
    refresh.and_then(RefreshError::hint)
}
