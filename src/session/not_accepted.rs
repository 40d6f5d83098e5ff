//! Why drift is not taken over into a manifest.

use crate::model::value::Path;
use crate::resource::Address;
use crate::resource::schema::edit::CannotEdit;

/// Why drift of an object is not taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// Nothing of it has drifted.
    #[error("{0} has not drifted")]
    NoDrift(Address),
    /// It was deleted on the server.
    #[error("{0} was deleted on the server: remove its manifest")]
    Missing(Address),
    /// No manifest declares it.
    #[error("no manifest declares {0}")]
    NotDeclared(Address),
    /// A field can't be edited.
    #[error("{address}: {path} can't be taken over: {why}")]
    Field {
        /// The object.
        address: Address,
        /// The field.
        path: Path,
        /// Why.
        why: CannotEdit,
    },
    /// The edited text would say something else.
    #[error("{0}: the edited manifest would not say what it should; edit it by hand")]
    Differs(Address),
}
