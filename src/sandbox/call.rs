//! One request on its way through the handlers: the token, the query, the body, and the steps that all
//! product-scoped kinds share (§4.0).

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use crate::sandbox::api::{
    ApiError, Keys, Message, Now, Query, Request, Response, SkipFlag, decode_body, matches,
};
use crate::sandbox::check::{Check, Scope, scope};
use crate::sandbox::git::clones::Timing;
use crate::sandbox::git::push::push;
use crate::sandbox::git::{Remote, Repo};
use crate::sandbox::gitlab::{CONFIG, Group};
use crate::sandbox::model::{Breakdown, Edit, Ending, Incomplete, World};
use crate::sandbox::random::{Purpose, chance};

/// What a kind does with a request, by the product, if it lives in one, and the name.
pub(crate) struct Handlers {
    pub(crate) list: fn(&mut Call<'_>, &str) -> Result<Response, ApiError>,
    pub(crate) get: fn(&mut Call<'_>, &str, &str) -> Result<Response, ApiError>,
    /// Gives the warning of a success (§2.4), if there is one.
    pub(crate) save: fn(&mut Call<'_>, &str, &str) -> Result<Option<String>, ApiError>,
    pub(crate) delete: fn(&mut Call<'_>, &str, &str) -> Result<(), ApiError>,
}

/// The request in progress.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) now: Now,
    pub(crate) number: u64,
    pub(crate) query: Query,
    breakdown: Option<Breakdown>,
    /// The product's group, once it was looked up.
    product: Option<u64>,
    token: String,
    body: Bytes,
}

impl<'a> Call<'a> {
    /// `body` is that of the request as JSON.
    pub(crate) fn new(
        world: &'a mut World,
        request: &Request,
        body: Bytes,
        breakdown: Option<Breakdown>,
        now: Now,
    ) -> Call<'a> {
        let number = world.number;
        Call {
            world,
            now,
            number,
            query: Query::parse(request.query()),
            breakdown,
            product: None,
            token: token(request.authorization.as_deref()),
            body,
        }
    }

    /// Decodes the body of a POST and the skip flag; body errors win (§1).
    pub(crate) fn decode<T: Message>(&self, flag: SkipFlag) -> Result<(Option<T>, bool), ApiError> {
        let body = decode_body(&self.body, &self.query, "body.")?;
        Ok((body, self.query.skip(flag)?))
    }

    /// The same of a kind to which a missing body is a nil dereference.
    pub(crate) fn decode_some<T: Message>(&self, flag: SkipFlag) -> Result<(T, bool), ApiError> {
        let (body, skip) = self.decode(flag)?;
        Ok((body.ok_or_else(ApiError::panic)?, skip))
    }

    /// Decodes a message that is the whole request (`body: "*"`).
    pub(crate) fn decode_whole<T: Message>(&self) -> Result<Option<T>, ApiError> {
        decode_body(&self.body, &self.query, "")
    }

    /// The token as GitLab judges it at its first use (§2.2). `path` is what the server asks GitLab for.
    pub(crate) fn authenticate(&self, path: fmt::Arguments<'_>) -> Result<(), ApiError> {
        if self.token.is_empty() {
            return Err(ApiError::plain("token is not found"));
        }
        let options = &self.world.options;
        let known = options.required_token.is_none()
            || options.required_token.as_deref() == Some(self.token.as_str())
            || self.read_only();
        if known {
            return Ok(());
        }
        Err(ApiError::plain(format!(
            "GET https://gitlab.sandbox/api/v4/{path}: 401 {{message: 401 Unauthorized}}"
        )))
    }

    /// Whether the token may not write.
    pub(crate) fn read_only(&self) -> bool {
        self.world.options.read_only_token.as_deref() == Some(self.token.as_str())
    }

    /// The group of a product: the first GitLab use of most requests.
    pub(crate) fn find_group(&self, product: &str) -> Result<u64, ApiError> {
        self.authenticate(format_args!("groups/{product}"))?;
        self.world.gitlab.find(product, self.now)
    }

    pub(crate) fn group(&self, id: u64) -> &Group {
        self.world.group(id)
    }

    /// Group and `default.project` look-ups, then the clone.
    pub(crate) fn open(&mut self, product: &str) -> Result<u64, ApiError> {
        let group = self.find_group(product)?;
        self.clone_config(group)?;
        Ok(group)
    }

    fn find_config(&mut self, group: u64) -> Result<(), ApiError> {
        self.world.group(group).project(CONFIG)?;
        self.product = Some(group);
        Ok(())
    }

    /// `default.project` look-up and clone.
    pub(crate) fn clone_config(&mut self, group: u64) -> Result<(), ApiError> {
        self.find_config(group)?;
        self.clone_once(Repo::Config)?;
        self.load(group)
    }

    /// The same for DELETEs that clone twice (§8.1). Such a request takes the time between its clones longer.
    pub(crate) fn clone_config_twice(&mut self, group: u64) -> Result<(), ApiError> {
        self.find_config(group)?;
        if self.world.options.clone_collisions {
            let timing = self.timing();
            let url = self.url(Repo::Config);
            let remote = Remote { repo: Repo::Config, url: &url, token: &self.token };
            let cloned = self.world.clones.clone_twice(&remote, timing);
            self.world.duration = timing.gap + if cloned.is_ok() { timing.duration } else { Duration::ZERO };
            cloned?;
        }
        self.load(group)
    }

    /// Clones a repository: fails if another clone of the same second is still there (§8.2).
    pub(crate) fn clone_once(&mut self, repo: Repo) -> Result<(), ApiError> {
        if !self.world.options.clone_collisions {
            return Ok(());
        }
        let timing = self.timing();
        let url = self.url(repo);
        let remote = Remote { repo, url: &url, token: &self.token };
        self.world.clones.clone_once(&remote, timing)
    }

    /// Leaves a clone behind (§8.1).
    pub(crate) fn leave_clone(&mut self, repo: Repo) {
        if self.world.options.clone_collisions {
            self.world.clones.leave(repo, self.now);
        }
    }

    fn timing(&self) -> Timing {
        let options = &self.world.options;
        let gap = options.clone_gap.draw(options.seed, self.number, Purpose::CloneGap);
        let chance = options.shuffle.then(|| chance(options.seed, self.number, Purpose::CollisionText));
        Timing { now: self.now, duration: self.world.duration, gap, chance }
    }

    /// Pushes to a repository; what it would have pushed is lost if it fails.
    pub(crate) fn push(&self, repo: Repo) -> Result<(), ApiError> {
        let contended = repo == Repo::Tenant && self.world.clones.refreshing(self.now);
        push(|| self.url(repo), self.number, &self.world.options, self.read_only(), contended)
    }

    /// Behind a push: what `missing` names is not done yet. Fails if the server breaks down here.
    pub(crate) fn pushed(&mut self, missing: Option<Incomplete>) -> Result<(), ApiError> {
        if self.breakdown != Some(Breakdown::DiesInWrite) {
            return Ok(());
        }
        if let Some(missing) = missing {
            self.world.set_incomplete(missing, true, self.now);
        }
        Err(self.crash())
    }

    /// The process crashes, and no reply is sent. The error only ends the call.
    pub(crate) fn crash(&mut self) -> ApiError {
        self.world.crash(self.number, self.now);
        self.world.ending = Ending::Reset;
        ApiError::panic()
    }

    /// The same, once the reply is sent.
    pub(crate) fn die_after_reply(&mut self) {
        self.breakdown = Some(Breakdown::DiesAfterWrite);
    }

    /// Behind the push of a CodeRepo or a binding: whether the refresh of the deploy keys never ends.
    pub(crate) fn hangs(&mut self) -> bool {
        self.world.hangs |= self.breakdown == Some(Breakdown::Hangs);
        if self.world.hangs {
            self.world.ending = Ending::Hang;
        }
        self.world.hangs
    }

    /// Whether GitLab refuses the deploy keys.
    pub(crate) fn is_half_made(&self) -> bool {
        self.breakdown == Some(Breakdown::HalfMade)
    }

    /// All of a write is done.
    pub(crate) fn completed(&mut self, what: Incomplete) {
        self.world.set_incomplete(what, false, self.now);
    }

    /// At the end of a call: the process may crash after a successful write.
    pub(crate) fn end(&mut self, success: bool) {
        if success && self.breakdown == Some(Breakdown::DiesAfterWrite) {
            self.world.crash_after_reply(self.now);
        }
    }

    /// Where GitLab has the repository.
    fn url(&self, repo: Repo) -> String {
        let namespace = match repo {
            Repo::Config => self.product.map_or("", |group| &self.world.group(group).facts.path),
            Repo::Templates => "nautes",
            Repo::Tenant => "tenant1",
        };
        format!("https://gitlab.sandbox/{namespace}/{}.git", repo.directory())
    }

    /// One unreadable file fails every operation on the product (§4.0).
    fn load(&self, group: u64) -> Result<(), ApiError> {
        self.group(group).broken.as_ref().map_or(Ok(()), |text| Err(ApiError::plain(text)))
    }

    /// The same for LIST, whose errors are wrapped differently (§2.3).
    pub(crate) fn open_list(&mut self, product: &str) -> Result<u64, ApiError> {
        let found = self.find_group(product);
        let group = found.map_err(|error| ApiError::new(error.code, error.reason, error.text()))?;
        if self.world.group(group).project(CONFIG).is_err() {
            return Err(ApiError::new(
                404,
                "PROJECT_NOT_FOUND",
                format!("{product} is non product, missing metadata"),
            ));
        }
        self.clone_config(group)?;
        Ok(group)
    }

    /// Changes the tree, re-validates all of it unless that is switched off, and pushes. Nothing is changed
    /// on failure.
    pub(crate) fn write(&mut self, group: u64, edits: Vec<Edit>, skip: bool) -> Result<(), ApiError> {
        let scope = scope(self.world, self.group(group), &edits);
        let mut undo = edits.clone();
        undo.iter_mut().for_each(|edit| self.apply(group, edit));
        let check = || {
            let check = Check::new(self.world, self.group(group), scope);
            match scope {
                Scope::Everything => check.everything(self.number),
                Scope::Edits => check.edits(&edits),
            }
        };
        let checked = if skip { Ok(()) } else { check() };
        let root = || format!("/tmp/product{}/{CONFIG}", self.now / 1000);
        let written = checked
            .and_then(|()| edits.iter().try_for_each(|edit| edit.check_files(root)).map_err(ApiError::plain));
        let pushed = written.and_then(|()| self.push(Repo::Config));
        if let Err(error) = pushed {
            undo.iter_mut().rev().for_each(|edit| self.apply(group, edit));
            return Err(error);
        }
        let out_of_band_edits = self.world.out_of_band_edits;
        for edit in edits {
            self.world.record_edit(group, edit, self.now);
        }
        self.world.edited_tree(group, (!skip).then_some(out_of_band_edits));
        if self.world.options.slow_checks && !skip {
            self.world.duration += self.check_duration(group);
        }
        Ok(())
    }

    /// Five questions a second to Kubernetes after the first ten: one for each repository, two for each
    /// environment and runtime.
    fn check_duration(&self, group: u64) -> Duration {
        let tree = &self.group(group).tree;
        let others = tree.environments.len() + tree.pipelines.len() + tree.deployments.len();
        let questions = tree.code_repos.len() + 2 * others;
        let waiting = u32::try_from(questions.saturating_sub(10)).unwrap_or(u32::MAX);
        Duration::from_millis(200).saturating_mul(waiting)
    }

    fn apply(&mut self, group: u64, edit: &mut Edit) {
        let group = self.world.gitlab.groups.get_mut(&group).expect("the group was found by this call");
        group.tree.apply(edit);
    }

    /// The reply to a LIST: the items that `field_selector` selects (§1.2).
    pub(crate) fn reply<T: Serialize>(&self, mut items: Vec<T>, keys: Keys) -> Result<Response, ApiError> {
        if let Some(selector) = self.query.field_selector()? {
            let mut selected = Vec::new();
            for item in items {
                let reply = serde_json::to_value(&item).expect("replies have string keys");
                if matches(selector, keys, &reply)? {
                    selected.push(item);
                }
            }
            items = selected;
        }
        Ok(Response::items(items))
    }
}

/// The first `Bearer` anywhere is taken out, the rest trimmed (§2.2).
fn token(authorization: Option<&str>) -> String {
    authorization.unwrap_or_default().replacen("Bearer", "", 1).trim().to_owned()
}
