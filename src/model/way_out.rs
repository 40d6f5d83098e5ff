//! Ways out of a refused plan: the extra steps after which all of it goes through. Values; the program around
//! the library has the words of how each is taken ([`HintText`](super::hint::HintText)).

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was found for a refused plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaysOut {
    /// Those that need less permission first.
    pub ways: Vec<WayOut>,
    /// How many candidates were planned and carried out in a copy of the live state.
    pub tried: usize,
    /// Whether every candidate was tried. A large fleet allows only so many.
    pub is_complete: bool,
}

/// Extra steps, and what they destroy. All of it was carried out in a copy of the live state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayOut {
    /// What is permanently destroyed, with all history.
    #[serde(default)]
    pub irreversible: Vec<String>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One extra step. Addresses are texts here: this room is above theirs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Bring back a manifest.
    Restore(Restore),
    /// Declare these values.
    Set(Fields),
    /// Apply in two runs, with these values in the first one.
    First(Fields),
    /// Apply in two runs, the first one without this object.
    Later(String),
    /// Do not send this object unchecked.
    Checked(String),
    /// Leave this object as it is, which would be deleted.
    Keep(String),
    /// Select this object as well.
    Select(String),
    /// Declare this object, which is gone.
    Declare(String),
    /// Remove a file that declares nothing any more.
    RemoveFile(String),
    /// Remove this object from the state.
    Forget(String),
    /// Delete this unmanaged object.
    Prune(String),
    /// Allow so many deletes.
    AllowDeletes(usize),
    /// Allow so many updates.
    AllowUpdates(usize),
    /// Allow that objects are replaced together with what uses them.
    AllowReplace,
    /// Lift the protection of this object once.
    Unprotect(String),
    /// Send this object unchecked.
    Unchecked(String),
    /// Allow that objects are permanently destroyed.
    AllowIrreversible,
}

/// A manifest that was removed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Restore {
    /// What it declared.
    pub address: String,
    /// Its file, from the root of the work tree.
    pub file: String,
    /// The last commit that has it.
    pub commit: String,
    /// The first line of that commit's message.
    pub subject: String,
    /// Whether the file declares nothing now: it comes back as a whole.
    pub is_whole: bool,
    /// What else the file declared, which comes back with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// Otherwise the lines to add, unless some of them must not be shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manifest: String,
}

/// Values of an object's fields, as manifests write them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fields {
    /// The object.
    pub address: String,
    /// Field and value.
    pub fields: Vec<(String, String)>,
}

impl Step {
    /// How much it permits: nothing, what the manifests ask for anyway, deletes, what was protected.
    pub const fn permission(&self) -> u8 {
        match self {
            Self::Restore(_)
            | Self::Set(_)
            | Self::First(_)
            | Self::Later(_)
            | Self::Checked(_)
            | Self::Keep(_)
            | Self::Select(_)
            | Self::Declare(_) => 0,
            Self::RemoveFile(_) | Self::Forget(_) | Self::Prune(_) => 1,
            Self::AllowDeletes(_) | Self::AllowUpdates(_) | Self::AllowReplace => 2,
            Self::Unprotect(_) => 3,
            Self::Unchecked(_) => 4,
            Self::AllowIrreversible => 5,
        }
    }
}

/// What it does, without the words of a program.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, object, after) = self.words();
        write!(f, "{before}{object}{after}")
    }
}

impl Step {
    /// What it does: before the object, the object, and after it.
    fn words(&self) -> (&'static str, String, &'static str) {
        match self {
            Self::Restore(Restore { address, others, file, commit, subject, .. }) => {
                let all = [std::slice::from_ref(address), others].concat().join(" and ");
                ("bring back ", format!("{all} ({file} in {commit}, \"{subject}\")"), "")
            }
            Self::Set(fields) => ("declare ", fields.to_string(), ""),
            Self::First(fields) => ("apply in two runs, the first one with ", fields.to_string(), ""),
            Self::Later(address) => ("apply in two runs, the first one without ", address.clone(), ""),
            Self::Checked(address) => ("do not send ", address.clone(), " unchecked"),
            Self::Keep(address) => ("leave ", address.clone(), " as it is"),
            Self::Select(address) => ("select ", address.clone(), " as well"),
            Self::Declare(address) => ("declare ", address.clone(), " again"),
            Self::RemoveFile(file) => ("remove ", file.clone(), ""),
            Self::Forget(address) => ("remove ", address.clone(), " from the state"),
            Self::Prune(address) => ("delete the unmanaged ", address.clone(), ""),
            Self::AllowDeletes(number) => ("allow ", number.to_string(), " deletes"),
            Self::AllowUpdates(number) => ("allow ", number.to_string(), " updates"),
            Self::AllowReplace => ("allow that what uses a replaced object is replaced", String::new(), ""),
            Self::Unprotect(address) => ("lift the protection of ", address.clone(), " for this run"),
            Self::Unchecked(address) => ("send ", address.clone(), " unchecked"),
            Self::AllowIrreversible => ("allow what can't be undone", String::new(), ""),
        }
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<String> =
            self.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        write!(f, "{} in {}", fields.join(", "), self.address)
    }
}

impl WayOut {
    /// What comes first needs less permission, destroys less, and has fewer steps.
    #[cfg(feature = "sandbox")]
    pub(crate) fn rank(&self) -> (u8, usize, usize, &[Step]) {
        let permission = self.steps.iter().map(Step::permission).max().unwrap_or_default();
        (permission, self.irreversible.len(), self.steps.len(), &self.steps)
    }
}

/// What is irreversible first, then the steps.
impl fmt::Display for WayOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.irreversible.is_empty() {
            write!(f, "permanently destroys {}, with all history: ", self.irreversible.join(", "))?;
        }
        let shown = self.steps.iter().filter(|step| **step != Step::AllowIrreversible);
        // Steps of one sort are next to each other, and said together.
        let mut sorts: Vec<(&str, Vec<String>, &str)> = Vec::new();
        for (before, object, after) in shown.map(Step::words) {
            match sorts.last_mut().filter(|last| (last.0, last.2) == (before, after)) {
                Some((_, objects, _)) => objects.push(object),
                None => sorts.push((before, vec![object], after)),
            }
        }
        let said =
            sorts.iter().map(|(before, objects, after)| format!("{before}{}{after}", objects.join(" and ")));
        f.write_str(&said.collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_irreversible_is_said_first_and_equal_steps_together() {
        let way = WayOut {
            irreversible: vec!["CodeRepo/shop/a".to_owned()],
            steps: vec![
                Step::Prune("CodeRepo/shop/a".to_owned()),
                Step::Prune("Environment/shop/b".to_owned()),
                Step::Unchecked("Environment/shop/b".to_owned()),
                Step::AllowIrreversible,
            ],
        };
        insta::assert_snapshot!(way, @"permanently destroys CodeRepo/shop/a, with all history: delete the unmanaged CodeRepo/shop/a and Environment/shop/b; send Environment/shop/b unchecked");
    }

    #[test]
    fn less_permission_comes_first_then_less_loss_then_fewer_steps() {
        let way = |irreversible: &[&str], steps: &[Step]| WayOut {
            irreversible: irreversible.iter().map(ToString::to_string).collect(),
            steps: steps.to_vec(),
        };
        let keep = Step::Keep("Project/shop/a".to_owned());
        let prune = |name: &str| Step::Prune(format!("Environment/shop/{name}"));
        let sorted = [
            way(&[], std::slice::from_ref(&keep)),
            way(&[], &[prune("a")]),
            way(&[], &[keep.clone(), prune("a")]),
            way(&[], &[Step::AllowReplace]),
            way(&[], &[Step::Unprotect("Project/shop/a".to_owned())]),
            way(&[], &[Step::Unchecked("Project/shop/a".to_owned())]),
            way(&["CodeRepo/shop/a"], &[keep, Step::AllowIrreversible]),
        ];
        assert!(sorted.is_sorted_by(|a, b| a.rank() < b.rank()));
    }
}
