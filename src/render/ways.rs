//! Ways out of a refused plan, as every format shows them: what a way does is its text; how it is taken.

use crate::model::hint::{Hint, HintText};
use crate::model::way_out::{WayOut, WaysOut};

use super::wording::count;

/// What stands above them.
pub(super) const TITLE: &str = "Ways out, each carried out in a copy of the live state";

/// How it is taken: lines to copy.
pub(super) fn lines(way: &WayOut, hints: HintText) -> Vec<String> {
    hints(&Hint::Way(way.clone())).lines().map(str::to_owned).collect()
}

/// The ways among hints.
pub(super) fn among(hints: &[Hint]) -> Vec<&WayOut> {
    hints.iter().filter_map(|hint| if let Hint::Way(way) = hint { Some(way) } else { None }).collect()
}

/// What is said if no way was found, or not all were tried.
pub(super) fn remark(found: &WaysOut) -> Option<String> {
    let WaysOut { ways, tried, is_complete } = found;
    match (ways.is_empty(), is_complete) {
        (true, true) if *tried > 0 => Some(format!(
            "No way out was found: {} with up to three extra moves failed in a copy of the live state.",
            count(*tried, "candidate")
        )),
        (_, true) => None,
        (is_empty, false) => {
            let more = if is_empty { "a way out" } else { "more ways" };
            Some(format!("The search for {more} ended after {tried} candidates, since the fleet is large."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::way_out::Step;

    #[test]
    fn remark_says_that_nothing_was_found_or_not_all_was_tried() {
        let said = |ways: &[WayOut], tried, is_complete| {
            remark(&WaysOut { ways: ways.to_vec(), tried, is_complete }).unwrap_or_default()
        };
        let way = [WayOut { irreversible: Vec::new(), steps: vec![Step::AllowReplace] }];
        assert_eq!(said(&way, 3, true), "");
        assert_eq!(said(&[], 0, true), "", "there was nothing to try");
        insta::assert_snapshot!(said(&[], 3, true), @"No way out was found: 3 candidates with up to three extra moves failed in a copy of the live state.");
        insta::assert_snapshot!(said(&[], 20, false), @"The search for a way out ended after 20 candidates, since the fleet is large.");
        insta::assert_snapshot!(said(&way, 20, false), @"The search for more ways ended after 20 candidates, since the fleet is large.");
    }
}
