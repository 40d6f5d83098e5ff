//! What CI systems read: test reports, code scanning, annotations, metrics, the widget of merge requests.

mod code_quality;
mod github;
mod junit;
mod metrics;
mod sarif;
mod widget;

pub use code_quality::code_quality;
pub use github::github;
pub use junit::junit;
pub use metrics::{Check, metrics};
pub use sarif::sarif;
pub use widget::widget;
