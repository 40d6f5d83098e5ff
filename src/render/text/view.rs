//! How a plan is shown as text.

use crate::model::diagnostic::SourceMap;
use crate::render::Style;

/// How a plan is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct View<'a> {
    /// Colours and width.
    pub style: Style,
    /// Where the manifests' places are known; a saved plan is shown without.
    pub sources: Option<&'a SourceMap>,
    /// The plan is that of `destroy`.
    pub destroy: bool,
    /// One line for each change, without its fields.
    pub compact: bool,
    /// Shows all drift, not only what changes the plan.
    pub drift: bool,
    /// Names the unmanaged objects instead of counting them.
    pub unmanaged: bool,
}
