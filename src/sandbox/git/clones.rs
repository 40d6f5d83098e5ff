//! Git as the server uses it: clone directories with one-second names (§8.2) and pushes that may lose (§8.3).

use std::collections::HashMap;

use crate::sandbox::api::error::ApiError;
use crate::sandbox::api::request::Now;
use crate::sandbox::options::{Options, chance};

/// Clone directories are told apart by the repository's base name only: all products share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Repo {
    /// `default.project` of any product.
    Config,
    /// The cluster templates.
    Templates,
    /// The tenant repository.
    Tenant,
}

impl Repo {
    fn directory(self) -> &'static str {
        match self {
            Repo::Config => "default.project",
            Repo::Templates => "cluster-templates",
            Repo::Tenant => "management",
        }
    }
}

/// The clone directories that exist, by second, and until when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clones {
    directories: HashMap<(Repo, u64), Now>,
    refresh: Option<(Now, Now)>,
}

impl Clones {
    /// Clones: fails if a clone of the same second is still there. A leaked clone stays for ever.
    pub(crate) fn clone_at(
        &mut self,
        repo: Repo,
        now: Now,
        options: &Options,
        leak: bool,
    ) -> Result<(), ApiError> {
        if !options.clone_collisions {
            return Ok(());
        }
        let second = now / 1000;
        self.directories.retain(|(_, at), until| *at >= second && *until > now);
        if self.directories.contains_key(&(repo, second)) {
            return Err(collision(repo));
        }
        let until = if leak { Now::MAX } else { now + options.latency_ms };
        self.directories.insert((repo, second), until);
        Ok(())
    }

    /// Leaves a clone behind that blocks the rest of the second.
    pub(crate) fn leak(&mut self, repo: Repo, now: Now, options: &Options) {
        if options.clone_collisions {
            self.directories.insert((repo, now / 1000), Now::MAX);
        }
    }

    /// The two clones of one request meet if they fall in the same second.
    pub(crate) fn clone_twice(&mut self, repo: Repo, now: Now, options: &Options) -> Result<(), ApiError> {
        self.clone_at(repo, now, options, true)?;
        if options.clone_collisions && (now + options.clone_gap_ms) / 1000 == now / 1000 {
            return Err(collision(repo));
        }
        Ok(())
    }

    /// The host refresh begins: it leaks its clones and holds the tenant repository for a while (§3.5).
    pub(crate) fn start_refresh(&mut self, now: Now, options: &Options) {
        if options.host_refresh_ms == 0 {
            return;
        }
        self.refresh = Some((now, now + options.host_refresh_ms));
        self.leak(Repo::Templates, now, options);
        self.leak(Repo::Tenant, now, options);
    }

    /// Whether the host refresh is pushing to the tenant repository.
    pub(crate) fn refreshing(&self, now: Now) -> bool {
        self.refresh.is_some_and(|(from, until)| (from..until).contains(&now))
    }
}

fn collision(repo: Repo) -> ApiError {
    let directory = repo.directory();
    ApiError::plain(format!(
        "failed to clone repository, the repository url: https://gitlab.sandbox/nautes/{directory}.git, err: failed to \
         clone repository: fatal: destination path '{directory}' already exists and is not an empty directory.\n"
    ))
}

/// A push that may be refused or lose a race; what it would have pushed is lost.
pub(crate) fn push(
    repo: Repo,
    number: u64,
    options: &Options,
    read_only: bool,
    contended: bool,
) -> Result<(), ApiError> {
    let url = format!("https://gitlab.sandbox/nautes/{}.git", repo.directory());
    if read_only {
        return Err(ApiError::plain(format!(
            "push data: remote: \nremote: You are not allowed to push code to this project.\nremote: \nfatal: unable to \
             access '{url}/': The requested URL returned error: 403\n, err: exit status 1"
        )));
    }
    let loses = contended || chance(options.seed, number, 3) % 100 < u64::from(options.push_conflict_percent);
    if !loses {
        return Ok(());
    }
    let text = match chance(options.seed, number, 4) % 4 {
        0 | 1 => format!(
            "push data: To {url}\n ! [rejected]        main -> main (fetch first)\nerror: failed to push some refs to \
             '{url}'\n, err: exit status 1"
        ),
        2 => "when the save configuration cannot be merge automatically, manual approval may be required, err: merge \
              data: Auto-merging production/kustomization.yaml\nCONFLICT (content): Merge conflict in \
              production/kustomization.yaml\n, err: exit status 1"
            .to_owned(),
        _ => "commit output: On branch main\nnothing to commit, working tree clean\n, err: exit status 1".to_owned(),
    };
    Err(ApiError::plain(text))
}
