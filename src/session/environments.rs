//! Which environment of `nautform.yaml` a command is about. It is chosen by the command's own argument and by
//! nothing else: no variable and no file remembers one.
//!
//! Invariant: a server that a flag or a variable names is never that of another environment.

use crate::config::settings::{Declared, Loaded, Settings};
use crate::model::server_url;
use crate::model::suggestion::nearest;

use super::addresses::{Address, By, Endpoint};

/// No environment is chosen that can be used, or it is used with the server of something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// There are several, and none is chosen.
    #[error("nautform.yaml declares environments, and none is chosen: {}", .0.join(", "))]
    NotChosen(Vec<String>),
    /// It is not declared.
    #[error("nautform.yaml declares no environment '{name}', but: {}", declared.join(", "))]
    Unknown {
        /// What was chosen.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
        /// What is declared.
        declared: Vec<String>,
    },
    /// There are none.
    #[error("the environment '{0}' is chosen, and nautform.yaml declares no environments")]
    NoneDeclared(String),
    /// It has no state yet, and there is one of the time before there were environments.
    #[error("{chosen} has no state yet, and the one at {place} is of no environment")]
    StateOfNone {
        /// Where the state is.
        place: String,
        /// The environment.
        chosen: String,
    },
    /// A flag or a variable names what belongs to another environment.
    #[error("the {endpoint} {address} is that of the environment {other}, and {chosen} is chosen")]
    OfAnother {
        /// What it is for.
        endpoint: Endpoint,
        /// Its address.
        address: String,
        /// The environment that it belongs to.
        other: String,
        /// The one that is chosen.
        chosen: String,
    },
    /// A variable, which may be left from something else, names another server than the environment.
    #[error("{variable} is {address}, and the {endpoint} of the environment {chosen} is {own}")]
    OtherThanDeclared {
        /// The variable.
        variable: &'static str,
        /// What it says.
        address: String,
        /// What it is for.
        endpoint: Endpoint,
        /// What the environment says.
        own: String,
        /// The environment.
        chosen: String,
    },
}

/// The settings of the environment that is chosen, or those of a fleet without environments.
pub(super) fn choose(read: Loaded, chosen: Option<&str>) -> Result<Loaded, EnvironmentError> {
    let declared: Vec<String> = read.environments.iter().map(|declared| declared.name.clone()).collect();
    match chosen {
        None if declared.is_empty() => Ok(read),
        None => Err(EnvironmentError::NotChosen(declared)),
        Some(name) if declared.is_empty() => Err(EnvironmentError::NoneDeclared(name.to_owned())),
        Some(name) => read.of_environment(name).ok_or_else(|| EnvironmentError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, declared.iter().map(String::as_str)).map(str::to_owned),
            declared,
        }),
    }
}

/// The addresses of a server in the environments, to compare one with that a flag or a variable names.
#[derive(Clone, Copy)]
pub(crate) struct Declarations<'a> {
    pub(crate) all: &'a [Declared],
    pub(crate) chosen: &'a Settings,
}

impl Declarations<'_> {
    /// Refuses an address that the owner has named, by this variable or by a flag, if it belongs to another
    /// environment or if a variable says another one than the chosen environment.
    pub(crate) fn check(
        self,
        endpoint: Endpoint,
        address: &Address,
        variable: Option<&'static str>,
    ) -> Result<(), EnvironmentError> {
        let Some(chosen) = &self.chosen.environment else { return Ok(()) };
        if address.by != By::Owner {
            return Ok(());
        }
        let is_it =
            |url: Option<&String>| url.is_some_and(|url| server_url::of(url) == server_url::of(&address.url));
        let own = url(self.chosen, endpoint);
        if is_it(own) {
            return Ok(());
        }
        let address = crate::http::without_credentials(&address.url);
        // Two platforms may have one GitLab.
        let others = self.all.iter().filter(|_| endpoint == Endpoint::Server);
        let other = others
            .filter(|declared| declared.name != *chosen)
            .find(|declared| is_it(url(&declared.settings, endpoint)));
        match (other, variable, own) {
            (Some(other), ..) => Err(EnvironmentError::OfAnother {
                endpoint,
                address,
                other: other.name.clone(),
                chosen: chosen.clone(),
            }),
            (None, Some(variable), Some(own)) => Err(EnvironmentError::OtherThanDeclared {
                variable,
                address,
                endpoint,
                own: own.clone(),
                chosen: chosen.clone(),
            }),
            _ => Ok(()),
        }
    }
}

fn url(settings: &Settings, endpoint: Endpoint) -> Option<&String> {
    match endpoint {
        Endpoint::Server => settings.server.url.as_ref(),
        Endpoint::GitLab => settings.server.gitlab.as_ref(),
        Endpoint::State => None,
    }
}
