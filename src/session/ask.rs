//! What a program shows and asks while a plan is applied.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use crate::apply::event::{Reporter, Silent};
use crate::model::diagnostic::SourceMap;
use crate::plan::{Mode, Plan};
use crate::resource::Address;

/// The answer to a question, later. Dropping the future leaves the question unanswered.
pub type Answer<'a> = Pin<Box<dyn Future<Output = io::Result<bool>> + 'a>>;

/// What takes the events of an apply, once it is ready. Dropping the future gives up.
pub type Starting<'a> = Pin<Box<dyn Future<Output = io::Result<&'a mut dyn Reporter>> + 'a>>;

/// A terminal, or what takes its place.
pub trait Ask {
    /// Shows the plan: before the questions, or since it is refused.
    ///
    /// # Errors
    /// If it can't be shown.
    fn show(&mut self, plan: &Plan, mode: Mode, sources: &SourceMap) -> io::Result<()>;
    /// Whether the plan shall be carried out.
    fn approve(&mut self) -> Answer<'_>;
    /// Whether the plan of a `destroy` shall be carried out, with all that it permanently destroys: the
    /// question has to name that.
    fn approve_destroy<'a>(&'a mut self, plan: &'a Plan) -> Answer<'a>;
    /// Whether these objects may be permanently destroyed.
    fn approve_irreversible<'a>(&'a mut self, objects: &'a [&'a Address]) -> Answer<'a>;
    /// The plan is about to be carried out: what takes its events.
    ///
    /// # Errors
    /// If they can't be written.
    fn start<'a>(&'a mut self, plan: &'a Plan, sync_timeout: Duration) -> Starting<'a>;
}

/// Shows nothing and answers no question with yes: for requests that are approved beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unattended(Silent);

impl Ask for Unattended {
    fn show(&mut self, _plan: &Plan, _mode: Mode, _sources: &SourceMap) -> io::Result<()> {
        Ok(())
    }

    fn approve(&mut self) -> Answer<'_> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn approve_destroy<'a>(&'a mut self, _plan: &'a Plan) -> Answer<'a> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn approve_irreversible<'a>(&'a mut self, _objects: &'a [&'a Address]) -> Answer<'a> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn start<'a>(&'a mut self, _plan: &'a Plan, _sync_timeout: Duration) -> Starting<'a> {
        Box::pin(std::future::ready(Ok(&mut self.0 as &mut dyn Reporter)))
    }
}
