//! The permission to carry out a plan, as a type: only [`Plan::approve`] makes an [`Approved`], and only an
//! `Approved` can be applied.

use crate::resource::Address;

use super::{Permissions, Plan, Refusal, RefusalKind};

/// A plan that may be carried out. It borrows the plan, which therefore can't change any more.
///
/// A refused plan can't become one:
///
/// ```
/// use nautform::{Permissions, Plan, Refusal, RefusalKind};
///
/// let refusal = Refusal {
///     kind: RefusalKind::Protected,
///     address: None,
///     message: "Product/shop is protected".to_owned(),
///     hints: Vec::new(),
///     span: None,
/// };
/// let mut plan = Plan::default();
/// plan.refusals.push(refusal);
/// assert!(plan.approve(&Permissions::default()).is_err());
/// ```
///
/// Nothing else makes one:
///
/// ```compile_fail,E0423
/// use nautform::{Approved, Plan};
///
/// let plan = Plan::default();
/// let approved = Approved(&plan);
/// ```
///
/// It is what applying takes, with a store whose lock is held:
///
/// ```
/// use nautform::internals::apply::{ApplyOptions, Run, apply};
/// use nautform::{Approved, Locked, Outcomes};
///
/// async fn carry_out<'r>(plan: Approved<'_>, locked: &'r mut Locked<'_>, run: Run<'r>) -> Outcomes {
///     apply(plan, locked, run, &ApplyOptions::default()).await
/// }
/// ```
///
/// A plan without approval does not compile:
///
/// ```compile_fail,E0308
/// use nautform::internals::apply::{ApplyOptions, Run, apply};
/// use nautform::{Locked, Outcomes, Plan};
///
/// async fn carry_out<'r>(plan: &Plan, locked: &'r mut Locked<'_>, run: Run<'r>) -> Outcomes {
///     apply(plan, locked, run, &ApplyOptions::default()).await
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Approved<'p>(&'p Plan);

impl<'p> Approved<'p> {
    /// The plan.
    pub const fn plan(self) -> &'p Plan {
        self.0
    }
}

/// Why a plan can't be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusals<'p> {
    /// It can't succeed: references to missing objects, missing secrets.
    #[error("the plan cannot be carried out")]
    Impossible(&'p [Refusal]),
    /// A guard forbids it.
    #[error("the plan is refused")]
    Refused(&'p [Refusal]),
    /// It permanently destroys these objects, which was not permitted.
    #[error("the plan would permanently destroy objects")]
    Irreversible(Vec<&'p Address>),
}

impl Plan {
    /// The objects whose history the plan permanently destroys: they need a permission of their own.
    pub fn irreversible(&self) -> Vec<&Address> {
        self.changing().filter(|change| change.irreversible.is_some()).map(|change| &change.address).collect()
    }

    /// Whether something could not be read, or no permission could make apply carry the plan out.
    pub fn has_errors(&self) -> bool {
        !self.gaps.is_empty() || matches!(self.approve(&Permissions::default()), Err(Refusals::Impossible(_)))
    }

    /// Approves the plan, if no guard refuses it and what it permanently destroys is permitted.
    ///
    /// # Errors
    /// The refusals: [`Refusals::Impossible`] first, [`Refusals::Irreversible`] last.
    pub fn approve(&self, permissions: &Permissions) -> Result<Approved<'_>, Refusals<'_>> {
        use RefusalKind::{MissingReference, MissingSecret, Unknown};
        let impossible = |kind| matches!(kind, MissingReference | MissingSecret | Unknown);
        if self.refusals.iter().any(|refusal| impossible(refusal.kind)) {
            return Err(Refusals::Impossible(&self.refusals));
        }
        if !self.refusals.is_empty() {
            return Err(Refusals::Refused(&self.refusals));
        }
        let irreversible = self.irreversible();
        if !irreversible.is_empty() && !permissions.irreversible {
            return Err(Refusals::Irreversible(irreversible));
        }
        Ok(Approved(self))
    }
}
