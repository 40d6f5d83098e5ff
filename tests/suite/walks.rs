//! Random walks over valid manifests against a server that checks the whole product at every write
//! (nautes-api.md §4.0). The server has to accept every step of the order of operations.

use nautform::{Mode, Permissions, RefusalKind};

use crate::support::fleets::{Fleet, Rng, Writer, scenarios};
use crate::support::{PlanRequest, Run, block_on};

/// Small steps: large ones may have no valid order of single writes (two bindings that exchange their
/// projects); then the server refuses one of them.
#[test]
fn random_walks_converge_in_small_steps() {
    for seed in 0..60 {
        let mut rng = Rng(seed);
        let mut fleet = Fleet::new(&mut rng);
        let mut run = Run::of(&fleet.manifests());
        run.converge();
        for _ in 0..8 {
            fleet.change(&mut rng, 2);
            run.declare(&fleet.manifests());
            run.converge();
        }
        run.apply(Mode::Destroy);
        assert!(run.server.world().is_empty(), "seed {seed}");
    }
}

/// Large steps: if there is no valid order of single writes, the rehearsal refuses the plan, and without it
/// the server refuses a write. A plan that the rehearsal accepts is applied.
#[test]
fn rehearsal_refuses_exactly_what_the_server_refuses() {
    let mut through = 0;
    let mut refused = 0;
    for seed in 0..scenarios(120) {
        let mut rng = Rng(seed);
        let mut fleet = Fleet::new(&mut rng);
        let mut run = Run::of(&fleet.manifests());
        run.converge();
        for _ in 0..3 {
            fleet.change(&mut rng, 8);
            run.declare(&fleet.manifests());
            let with_permissions = || PlanRequest {
                permissions: Permissions { replace: true, ..Permissions::default() },
                ..PlanRequest::default()
            };
            let plan = block_on(run.plan_requested(Mode::Apply, with_permissions())).unwrap().plan;
            if plan.refusals.iter().any(|refusal| refusal.kind != RefusalKind::Rehearsal) {
                break;
            }
            let bare = block_on(
                run.plan_requested(Mode::Apply, PlanRequest { unrehearsed: true, ..with_permissions() }),
            )
            .unwrap()
            .plan;
            let outcomes = block_on(run.carry_out(&bare));
            assert_eq!(
                outcomes.is_complete(),
                plan.refusals.is_empty(),
                "seed {seed}: {:#?}\n{:#?}",
                plan.refusals,
                outcomes.ends
            );
            if !outcomes.is_complete() {
                refused += 1;
                break;
            }
            through += 1;
        }
    }
    assert!(through > 100 && refused > 3, "{through} through, {refused} refused");
}

fn with(objects: &[(&str, &str)]) -> String {
    let mut writer = Writer::default();
    writer.clusters();
    writer.object("Product", "name: p, git: {gitlab: {visibility: private}}");
    objects.iter().for_each(|(kind, spec)| writer.object(kind, spec));
    writer.text
}

const REPOSITORY: &str = "product: p, git: {gitlab: {visibility: private}}";

/// §6: the project that loses the repository uses it without interruption, and again in reverse.
#[test]
fn repository_changes_project_while_the_old_one_uses_it() {
    let objects = |owner: &str, granted: bool| {
        let repository = format!("name: r, project: {owner}, {REPOSITORY}");
        let mut objects = vec![
            ("Project", "name: a, product: p, language: go"),
            ("Project", "name: b, product: p, language: go"),
            ("Environment", "name: e, product: p, cluster: c0, envType: dev"),
            ("CodeRepo", repository.as_str()),
            (
                "DeploymentRuntime",
                "name: d, product: p, projectsRef: [a], destination: {environment: e}, manifestSource: {codeRepo: r, path: x, targetRevision: main}",
            ),
        ];
        let binding = "name: l, productName: p, coderepo: r, permissions: readonly, projects: [a]";
        objects.extend(granted.then_some(("CodeRepoBinding", binding)));
        with(&objects)
    };
    let mut run = Run::of(&objects("a", false));
    run.converge();
    run.declare(&objects("b", true));
    run.converge();
    run.declare(&objects("a", false));
    run.converge();
}

/// §4.6: the server can't show a runtime with inputs, so what it uses is known from the last apply.
#[test]
fn delete_waits_for_the_update_of_an_unreadable_runtime() {
    let objects = |repository: &str| {
        let named = format!("name: {repository}, project: a, {REPOSITORY}");
        let runtime = format!(
            "name: t, product: p, project: a, pipelineSource: {repository}, destination: {{environment: e}}, \
             isolation: shared, pipelines: [{{name: m, path: m.yaml}}], \
             eventSources: [{{name: s, calendar: {{schedule: '0 1 * * *'}}}}], \
             pipelineTriggers: [{{eventSource: s, pipeline: m, inputs: [{{source: {{builtInVar: serviceAccount}}, \
             transmissionMethod: {{kustomization: {{path: x}}}}}}]}}]"
        );
        with(&[
            ("Project", "name: a, product: p, language: go"),
            ("Environment", "name: e, product: p, cluster: c2, envType: dev"),
            ("CodeRepo", &named),
            ("ProjectPipelineRuntime", &runtime),
        ])
    };
    let mut run = Run::of(&objects("zzz"));
    run.converge();
    run.declare(&objects("aaa"));
    run.converge();
}

#[test]
fn plan_refuses_environments_that_swap_clusters() {
    let objects = |first: &str, second: &str| {
        let environment =
            |name, cluster| format!("name: {name}, product: p, cluster: {cluster}, envType: dev");
        with(&[("Environment", &environment("e", first)), ("Environment", &environment("f", second))])
    };
    let mut run = Run::of(&objects("c0", "c1"));
    run.converge();
    run.declare(&objects("c1", "c0"));
    let plan = block_on(run.plan(Mode::Apply)).plan;
    assert_eq!(plan.refusals.len(), 1, "{:#?}", plan.refusals);
    insta::assert_snapshot!(plan.refusals[0].message, @"each of these steps has to wait for the next one: update Environment/p/e -> update Environment/p/f");
    // By way of a third cluster.
    run.declare(&objects("c2", "c0"));
    run.converge();
    run.declare(&objects("c1", "c0"));
    run.converge();
}
