use super::*;
use crate::render::fixture::{self, CANARY};
use crate::state::Verb;

fn stream(act: impl FnOnce(&mut Events<&mut Vec<u8>, fn() -> String>)) -> String {
    let mut all = Vec::new();
    let mut events = Events::new(&mut all, (|| "2026-01-02T03:04:05Z".to_owned()) as fn() -> String);
    act(&mut events);
    events.finish().unwrap();
    let all = String::from_utf8(all).unwrap();
    let schema = include_str!("../../../testdata/schemas/event.schema.json");
    all.lines().for_each(|line| fixture::check_schema(schema, &serde_json::from_str(line).unwrap()));
    all.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn plan_has_a_line_for_each_change_and_a_summary() {
    let mut plan = fixture::everything();
    plan.changes.truncate(4);
    plan.drift.truncate(1);
    let all = stream(|events| {
        events.version();
        events.plan(&plan, None, crate::model::hint::plain);
    });
    assert!(!all.contains(CANARY));
    insta::assert_snapshot!(all, @r#"
    {"@level":"info","@message":"nautform VERSION","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"version","nautform":"VERSION","ui":"1.2"}
    {"@level":"info","@message":"Environment/demo/dev: Refreshing state... [name=dev]","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"refresh_start","hook":{"resource":{"addr":"Environment/demo/dev","module":"","resource":"Environment/demo/dev","implied_provider":"nautes","resource_type":"Environment","resource_name":"dev","resource_key":null,"product":"demo"},"id_key":"name","id_value":"dev"}}
    {"@level":"info","@message":"Product/demo: Refreshing state... [name=demo]","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"refresh_start","hook":{"resource":{"addr":"Product/demo","module":"","resource":"Product/demo","implied_provider":"nautes","resource_type":"Product","resource_name":"demo","resource_key":null,"product":null},"id_key":"name","id_value":"demo"}}
    {"@level":"info","@message":"Environment/demo/dev: Refresh complete [name=dev]","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"refresh_complete","hook":{"resource":{"addr":"Environment/demo/dev","module":"","resource":"Environment/demo/dev","implied_provider":"nautes","resource_type":"Environment","resource_name":"dev","resource_key":null,"product":"demo"},"id_key":"name","id_value":"dev"}}
    {"@level":"info","@message":"Product/demo: Refresh complete [name=demo]","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"refresh_complete","hook":{"resource":{"addr":"Product/demo","module":"","resource":"Product/demo","implied_provider":"nautes","resource_type":"Product","resource_name":"demo","resource_key":null,"product":null},"id_key":"name","id_value":"demo"}}
    {"@level":"info","@message":"Environment/demo/stage: Drift detected (delete)","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"resource_drift","change":{"resource":{"addr":"Environment/demo/stage","module":"","resource":"Environment/demo/stage","implied_provider":"nautes","resource_type":"Environment","resource_name":"stage","resource_key":null,"product":"demo"},"action":"delete","changed_paths":[]}}
    {"@level":"info","@message":"Cluster/worker-1: Plan to create","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"planned_change","change":{"resource":{"addr":"Cluster/worker-1","module":"","resource":"Cluster/worker-1","implied_provider":"nautes","resource_type":"Cluster","resource_name":"worker-1","resource_key":null,"product":null},"action":"create","changed_paths":["apiServer","clusterKind","clusterType","usage","workerType","componentsList.gateway.additions.httpNodePort","kubeconfig"]}}
    {"@level":"info","@message":"Environment/demo/stage: Plan to create","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"planned_change","change":{"resource":{"addr":"Environment/demo/stage","module":"","resource":"Environment/demo/stage","implied_provider":"nautes","resource_type":"Environment","resource_name":"stage","resource_key":null,"product":"demo"},"action":"create","changed_paths":["cluster","envType"],"reason":"because_vanished"}}
    {"@level":"info","@message":"Product/demo: Plan to update","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"planned_change","change":{"resource":{"addr":"Product/demo","module":"","resource":"Product/demo","implied_provider":"nautes","resource_type":"Product","resource_name":"demo","resource_key":null,"product":null},"action":"update","changed_paths":["git.gitlab.description"]}}
    {"@level":"info","@message":"Plan: 2 to add, 1 to change, 0 to destroy.","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"change_summary","changes":{"add":2,"change":1,"import":0,"remove":0,"operation":"plan"}}
    {"@level":"error","@message":"Error: CodeRepo/demo/old: the GitLab repository would be destroyed with its history","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"diagnostic","diagnostic":{"severity":"error","code":"irreversible","summary":"the GitLab repository would be destroyed with its history","detail":"allow it with --allow-irreversible CodeRepo/demo/old","address":"CodeRepo/demo/old"}}
    {"@level":"error","@message":"Error: Environment/demo/test: still used by DeploymentRuntime/demo/stray","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"diagnostic","diagnostic":{"severity":"error","code":"in-use","summary":"still used by DeploymentRuntime/demo/stray","detail":"delete the runtime first, or keep the environment","address":"Environment/demo/test"}}
    {"@level":"error","@message":"Error: CodeRepo/demo/web: GitLab answered 502","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"diagnostic","diagnostic":{"severity":"error","code":"unreadable","summary":"GitLab answered 502","detail":"","address":"CodeRepo/demo/web"}}
    "#);
}

#[test]
fn apply_has_a_line_for_each_event() {
    let operation = || OperationKey { address: fixture::address("Environment/shop/dev"), verb: Verb::Create };
    let second = Duration::from_secs(1);
    let end = |end| Event::Ended { operation: operation(), end, elapsed: second };
    let all = [
        Event::Started { operation: operation() },
        Event::Waiting {
            operation: operation(),
            wait: Wait::Sync,
            delay: second,
            message: "not synced".into(),
            attempt: 1,
            lasted: second,
        },
        Event::Progress { operation: operation(), elapsed: second, wait: Some(Wait::Sync) },
        end(End::Done { warning: Some("slow".into()) }),
        end(End::Failed { error: "no permission".into() }),
        end(End::Unknown { error: "timed out".into() }),
        end(End::Skipped { because: operation() }),
        end(End::NotStarted),
        Event::Interrupted,
        Event::StateNotSaved { error: "disk full".into() },
    ];
    let all = stream(|events| {
        all.iter().for_each(|event| events.report(event));
        let ends = [(operation(), End::Done { warning: None })].into();
        events.outcomes(&Outcomes { ends, ..Outcomes::default() }, false);
    });
    let of = |line: &str| {
        let line: Json = serde_json::from_str(line).unwrap();
        format!("{} {}", line["type"].as_str().unwrap(), line["@message"].as_str().unwrap())
    };
    let all: Vec<String> = all.lines().map(of).collect();
    insta::assert_snapshot!(all.join("\n"), @"
    apply_start Environment/shop/dev: Creating...
    apply_progress Environment/shop/dev: not synced; next try in 1s
    apply_progress Environment/shop/dev: Still creating... [1s elapsed]
    apply_complete Environment/shop/dev: Creation complete after 1s
    apply_errored Environment/shop/dev: creation errored after 1s
    apply_errored Environment/shop/dev: the creation may or may not have happened
    apply_skipped Environment/shop/dev: creation skipped because of Environment/shop/dev
    apply_skipped Environment/shop/dev: creation not started, the run was stopped
    log Interrupt received. No new operations are started; running writes end first. Interrupt again to stop now.
    diagnostic Error: the state could not be saved
    change_summary Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
    ");
}

#[test]
fn change_of_others_has_its_three_values() {
    let text = |text: &str| Some(Value::from_json(text.into()));
    let field = StaleField {
        path: "language".parse().unwrap(),
        planned_from: text("go"),
        found: text("java"),
        wanted: text("rust"),
    };
    let operation = OperationKey { address: "Project/shop/api".parse().unwrap(), verb: Verb::Update };
    let stale = Stale { address: operation.address.clone(), fields: vec![field], message: None };
    let end = End::Changed { stale: Box::new(stale) };
    let event = Event::Ended { operation, end, elapsed: Duration::ZERO };
    let line: Json = serde_json::from_str(&stream(|events| events.report(&event))).unwrap();
    insta::assert_snapshot!(line["@message"].as_str().unwrap(), @r#"Project/shop/api: not updated, changed since it was planned: language: planned from "go", found "java", wanted "rust""#);
    insta::assert_snapshot!(line["hook"]["stale"], @r#"{"message":null,"fields":[{"path":"language","planned_from":"go","found":"java","wanted":"rust"}]}"#);
}

#[test]
fn diagnostics_have_a_range_and_a_snippet_without_secrets() {
    let mut sources = SourceMap::new();
    let file = sources.add("a.yaml", "kind: Cluster\nkubeconfig: hush\n");
    let span = |start, end| crate::model::diagnostic::Span { file, start, end };
    sources.mask(span(26, 30));
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(Diagnostic::error("bad", "not good").at(span(14, 30)).help("do better"));
    let all = stream(|events| events.diagnostics(&diagnostics, &sources));
    insta::assert_snapshot!(all, @r#"{"@level":"error","@message":"Error: not good","@module":"nautform.ui","@timestamp":"2026-01-02T03:04:05Z","type":"diagnostic","diagnostic":{"severity":"error","code":"bad","summary":"not good","detail":"do better","range":{"filename":"a.yaml","start":{"line":2,"column":1,"byte":14},"end":{"line":2,"column":17,"byte":30}},"snippet":{"context":null,"code":"kubeconfig: ****","start_line":2,"highlight_start_offset":0,"highlight_end_offset":16,"values":[]}}}"#);
}
