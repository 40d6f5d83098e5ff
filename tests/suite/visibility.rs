//! GitLab's visibility rule: a product rises before what is in it and sinks after it; what can never pass is
//! refused before anything is written.

use nautform::Mode;

use crate::support::{Run, block_on, object};

fn product(name: &str, visibility: &str) -> String {
    object("Product", &format!("name: {name}, git: {{gitlab: {{visibility: {visibility}}}}}"))
}

fn repository(name: &str, visibility: &str) -> String {
    object("CodeRepo", &format!("name: {name}, product: shop, git: {{gitlab: {{visibility: {visibility}}}}}"))
}

fn apply(run: &mut Run, manifests: &[String]) -> Vec<String> {
    run.declare(&manifests.concat());
    let plan = block_on(run.plan(Mode::Apply)).plan;
    assert!(plan.refusals.is_empty(), "{:#?}", plan.refusals);
    let outcomes = block_on(run.carry_out(&plan));
    outcomes
        .ends
        .iter()
        .filter(|(_, end)| !format!("{end:?}").starts_with("Done"))
        .map(|(key, end)| format!("{key}: {end:?}"))
        .collect()
}

#[test]
fn visibility_goes_down_and_up_again_in_one_run_each() {
    let fleet = |product_is: &str, api: &str, more: &[String]| {
        [&[product("shop", product_is), repository("api", api)], more].concat()
    };
    let mut run = Run::of(&fleet("public", "public", &[repository("old", "public")]).concat());
    run.converge();
    // A new one, one that changes and one that is deleted.
    let down = fleet("private", "private", &[repository("web", "private")]);
    assert_eq!(apply(&mut run, &down), [""; 0]);
    let up = fleet("public", "public", &[repository("latest", "public"), repository("web", "private")]);
    assert_eq!(apply(&mut run, &up), [""; 0]);
    assert!(block_on(run.plan(Mode::Apply)).plan.summary().is_empty());
}

fn refusals(run: &Run) -> String {
    let plan = block_on(run.plan(Mode::Apply)).plan;
    let one = |refusal: &nautform::Refusal| {
        let address = refusal.address.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{:?} {address}: {} => {}\n", refusal.kind, refusal.message, refusal.hints[0])
    };
    plan.refusals.iter().map(one).collect()
}

#[test]
fn product_does_not_sink_below_an_unmanaged_repository() {
    let mut run = Run::of(
        &[product("shop", "public"), repository("api", "public"), repository("web", "public")].concat(),
    );
    run.converge();
    run.state.records.remove(&"CodeRepo/shop/web".parse().unwrap());
    run.declare(&[product("shop", "private"), repository("api", "private")].concat());
    insta::assert_snapshot!(refusals(&run), @"AboveOwner Product/shop: git.gitlab.visibility can't be 'private': it is higher in CodeRepo/shop/web => GitLab refuses a repository that more people may see than its group (nautes-api.md §13 item 9): declare these and lower them, or prune them");
}

#[test]
fn repository_does_not_rise_above_a_live_product() {
    let mut run = Run::of(&product("shop", "private"));
    run.converge();
    run.state.records.remove(&"Product/shop".parse().unwrap());
    run.declare(&repository("api", "public"));
    insta::assert_snapshot!(refusals(&run), @"AboveOwner CodeRepo/shop/api: git.gitlab.visibility would be above that of Product/shop, 'private' => GitLab refuses a repository that more people may see than its group (nautes-api.md §13 item 9): change Product/shop as well");
}
