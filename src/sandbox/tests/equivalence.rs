//! The short cut of the tree check gives the same answers as checking everything (§4.0: the server always
//! checks everything).

use proptest::prelude::{Strategy, prop_oneof};
use proptest::proptest;
use serde_json::json;

use super::{Fixture, shop, worker};
use crate::sandbox::{Request, Response};

/// Names from small sets, so that requests meet.
fn request() -> impl Strategy<Value = Request> {
    let path =
        |collection: &'static str, name: usize| shop(&format!("{collection}/{}{name}", &collection[..1]));
    let project = |number: usize| if number == 3 { String::new() } else { format!("p{number}") };
    let small = || 0..3_usize;
    prop_oneof![
        3 => small().prop_map(move |n| Request::post(path("projects", n), "{}")),
        3 => (small(), 0..4_usize).prop_map(move |(n, cluster)| {
            let body = json!({"cluster": format!("c{cluster}"), "env_type": "x"});
            Request::post(path("environments", n), body.to_string())
        }),
        5 => (small(), 0..4_usize).prop_map(move |(n, p)| {
            let body = json!({"git": {}, "project": project(p)});
            Request::post(shop(&format!("coderepos/r{n}")), body.to_string())
        }),
        6 => (small(), small(), 0..4_usize).prop_map(move |(n, repository, p)| {
            let projects: Vec<String> = Some(project(p)).into_iter().filter(|name| !name.is_empty()).collect();
            let body = json!({"coderepo": format!("r{repository}"), "permissions": "readonly",
                "projects": projects});
            Request::post(shop(&format!("coderepobindings/b{n}")), body.to_string())
        }),
        10 => (small(), small(), small(), 0..2_usize, 0..3_usize).prop_map(move |(n, repository, environment, p, path_number)| {
            let body = json!({"projects_ref": [project(p)],
                "manifest_source": {"code_repo": format!("r{repository}"), "target_revision": "m",
                "path": path_number.to_string()},
                "destination": {"environment": format!("e{environment}"),
                "namespaces": [format!("n{path_number}")]}});
            Request::post(path("deploymentruntimes", n), body.to_string())
        }),
        10 => (small(), small(), small(), 0..2_usize, 0..3_usize).prop_map(move |(n, repository, environment, p, path_number)| {
            let mut body = super::pipeline();
            body["project"] = json!(project(p));
            body["pipeline_source"] = json!(format!("r{repository}"));
            body["event_sources"][0]["gitlab"]["repo_name"] = json!(format!("r{}", (repository + p) % 3));
            body["pipelines"][0]["path"] = json!(path_number.to_string());
            body["destination"] = json!({"environment": format!("e{environment}"),
                "namespace": format!("n{path_number}")});
            Request::post(shop(&format!("projectpipelineruntimes/q{n}")), body.to_string())
        }),
        10 => (0..6_usize, small()).prop_map(move |(kind, n)| {
            let names = ["projects/p", "environments/e", "coderepos/r", "coderepobindings/b", "deploymentruntimes/d", "projectpipelineruntimes/q"];
            Request::delete(shop(&format!("{}{n}", names[kind])))
        }),
        1 => (0..4_usize, 0..2_usize).prop_map(|(n, kind)| {
            let body = worker(["deployment", "pipeline"][kind]);
            Request::post(format!("/api/v1/clusters/c{n}"), body.to_string())
        }),
        1 => (0..4_usize).prop_map(|n| Request::delete(format!("/api/v1/clusters/c{n}"))),
    ]
}

/// Mostly checked writes, some that skip the check.
fn requests() -> impl Strategy<Value = Vec<Request>> {
    let one = (request(), 0..12_u8).prop_map(|(mut request, chance)| {
        if chance == 0 {
            request.path_and_query.push_str("?insecure_skip_check=true");
        }
        request
    });
    proptest::collection::vec(one, 1..120)
}

fn seeded() -> Fixture {
    let mut fixture = Fixture::new();
    for (number, kind) in ["deployment", "pipeline", "deployment", "pipeline"].into_iter().enumerate() {
        fixture.put(&format!("/api/v1/clusters/c{number}"), &worker(kind));
    }
    fixture.put("/api/v1/products/shop", &json!({"git": {}}));
    for number in 0..3 {
        fixture.put(&shop(&format!("projects/p{number}")), &json!({}));
        fixture.put(
            &shop(&format!("environments/e{number}")),
            &json!({"cluster": format!("c{number}"), "env_type": "x"}),
        );
        fixture.put(
            &shop(&format!("coderepos/r{number}")),
            &json!({"git": {}, "project": format!("p{number}")}),
        );
    }
    fixture
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn shortcut_gives_the_same_replies(requests in requests()) {
        let mut quick = seeded();
        let mut thorough = seeded();
        let answers = |response: &Response| (response.status, response.text());
        for request in requests {
            // Something around the tree may have changed: everything is checked.
            thorough.world.ignore("README.md");
            let quick = quick.send(&request);
            let thorough = thorough.send(&request);
            // Of several violations the server reports any one (§4.0), so two refusals may differ in their
            // messages.
            if (quick.status, thorough.status) != (500, 500) {
                proptest::prop_assert_eq!(answers(&quick), answers(&thorough), "{:?}", request);
            }
        }
        proptest::prop_assert_eq!(quick.world.objects(), thorough.world.objects());
    }

    /// The snapshot and the log rebuild the same world, and replaying changes twice does no harm.
    #[test]
    fn changes_rebuild_the_world(requests in requests()) {
        let mut fixture = seeded();
        fixture.world.start_journal();
        let mut replayed = crate::sandbox::World::default();
        fixture.world.snapshot().into_iter().for_each(|change| replayed.replay(change, 0));
        for request in requests {
            fixture.send(&request);
        }
        let changes = fixture.world.take_journal();
        for change in changes.iter().chain(&changes) {
            replayed.replay(change.clone(), 0);
        }
        let text = |world: &crate::sandbox::World| serde_json::to_string(&world.snapshot()).expect("JSON");
        proptest::prop_assert_eq!(text(&replayed), text(&fixture.world));
    }
}
