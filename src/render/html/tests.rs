use serde_json::json;

use crate::plan::{Origin, Plan};
use crate::render::fixture::{self, CANARY, text};

fn named(label: &str) -> Origin {
    Origin { label: label.to_owned(), ..Origin::default() }
}

fn render(plan: &Plan) -> String {
    text(|out| super::plan(plan, &named("fleet/prod"), None, crate::model::hint::plain, out))
}

#[test]
fn page_shows_everything_and_loads_nothing() {
    let page = render(&fixture::everything());
    for part in [
        "Plan: 3 to add, 2 to change, 3 to destroy, 1 to forget.",
        "Permanently destroyed (1)",
        "Destroyed with it (1):",
        "CodeRepoBinding/demo/old-binding",
        "(sensitive value)",
        "--allow-irreversible CodeRepo/demo/old",
        "GitLab answered 502",
        "Environment/demo/stray",
        "旧的描述",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    assert!(!page.contains(CANARY));
    for request in ["src=", "<link", "@import", "url(", "fetch("] {
        assert!(!page.contains(request), "{request}");
    }
}

#[test]
fn page_begins_with_irreversible_changes() {
    let page = render(&fixture::everything());
    let place = |part: &str| page.find(part).unwrap();
    assert!(place("Permanently destroyed") < place("Destroyed (1)"));
    assert!(place("Destroyed (1)") < place("Created, changed, forgotten"));
}

#[test]
fn page_escapes_values() {
    let hostile = "</pre><script>alert(1)</script>\" onload=x";
    let mut plan = fixture::plan(vec![fixture::create("Product/demo", fixture::product(hostile))]);
    plan.notes.push(hostile.to_owned());
    plan.gaps.push(crate::plan::Gap { address: fixture::address("Product/x"), why: hostile.to_owned() });
    let page = text(|out| super::plan(&plan, &named(hostile), None, crate::model::hint::plain, out));
    assert!(page.contains("&lt;script&gt;"));
    assert_eq!(page.matches("<script>").count(), 1, "only our own");
    assert!(!page.contains("\" onload"));
}

#[test]
fn page_has_balanced_tags() {
    let page = render(&fixture::everything()) + &render(&fixture::fleet(2));
    for tag in ["html", "body", "main", "section", "article", "details", "svg", "ul", "pre", "a", "div"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn page_size_is_linear() {
    let pages = |number: usize| {
        let create = |index: usize| {
            let name = format!("Environment/p{}/e-{index:04}", index % 7);
            fixture::create(&name, json!({"cluster": "w", "envType": "dev"}))
        };
        render(&fixture::plan((0..number).map(create).collect())).len()
    };
    let one = pages(100) - pages(30);
    let four = pages(400) - pages(330);
    assert!(four < one * 11 / 10, "{one} bytes for 70 changes become {four}");
}

#[test]
fn graph_edges_lead_from_dependencies_to_dependents() {
    let page = render(&fixture::fleet(2));
    assert_eq!(page.matches("<a class=\"node create\"").count(), 81);
    // A runtime needs its binding, its environment and, by way of these, everything else.
    assert_eq!(page.matches("<path class=\"edge").count(), 2 * (3 * 2 + 9 * 5));
    assert_eq!(page.matches("<path class=\"edge far\"").count(), 2 * 3, "environments on the cluster");
    let first = r##"<a class="node create" href="#Cluster/worker-1" data-node="0" aria-label="+ Cluster worker-1: Cluster/worker-1 will be created">"##;
    assert!(page.contains(first));
}

#[test]
fn large_graphs_are_left_out() {
    let page = render(&fixture::fleet(51));
    assert!(page.contains("it would have 2041 boxes") && !page.contains("<svg"));
}
