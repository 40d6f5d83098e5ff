//! What CI systems read: test reports, code scanning, annotations, metrics, the widget of merge requests.

mod code_quality;
mod github;
mod junit;
mod metrics;
mod places;
mod sarif;
mod widget;

pub use code_quality::code_quality;
pub use github::github;
pub use junit::{Fails, junit, junit_of_failure};
pub use metrics::{Check, last_success, metrics, metrics_of_failure};
pub use places::PlaceOf;
pub use sarif::sarif;
pub use widget::widget;
