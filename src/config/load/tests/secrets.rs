//! Canaries: whatever is wrong with a manifest, no rendered diagnostic shows a secret of it.

use proptest::prelude::*;

use super::*;

/// Part of every secret below, as a token and inside what looks like base64.
const CANARY: &str = "cAnAry";

/// A kubeconfig as people have it; every secret in it holds the canary.
fn kubeconfig() -> String {
    let blob = format!("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t{}", CANARY.repeat(12));
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster:\n    server: https://a\n    certificate-authority-data: {blob}\nusers:\n- name: admin\n  user:\n    client-certificate-data: {blob}\n    client-key-data: {blob}\n    token: eyJhbGciOi{CANARY}\n    password: {CANARY}\n"
    )
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{:by$}{line}\n", "")).collect()
}

fn cluster(field: &str) -> String {
    format!(
        "{HEAD}kind: Cluster\nspec:\n  name: a\n  apiServer: https://a.io\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n{field}  bad: field\n"
    )
}

fn inline() -> String {
    cluster(&format!("  kubeconfig: |\n{}", indented(&kubeconfig(), 4)))
}

/// Loads, renders in every format, and looks for the canary; also where no diagnostic points now.
fn leaks(text: &str, options: &LoadOptions) -> Option<String> {
    let mut manifests = Manifests::default().load_text("a.yaml", text, options);
    resolve::resolve_manifests(&mut manifests);
    let all = &manifests.diagnostics;
    let sources = &manifests.sources;
    let mut out = Vec::new();
    diagnostics::text(all, sources, Style { color: false, width: 4000, ..Style::default() }, &mut out)
        .unwrap();
    diagnostics::json(all, sources, &manifests.skipped, &mut out).unwrap();
    crate::render::ci::sarif(all, sources, &|path| path.display().to_string(), &mut out).unwrap();
    crate::render::ci::github(all, sources, &|path| path.display().to_string(), &mut out).unwrap();
    crate::render::ci::code_quality(all, sources, &|path| path.display().to_string(), &mut out).unwrap();
    let mut out = String::from_utf8(out).unwrap();
    let file = all.iter().find_map(|diagnostic| diagnostic.primary.as_ref()).map(|label| label.span.file);
    out.push_str(&file.map(|file| sources.shown(file)).unwrap_or_default());
    out.contains(CANARY).then_some(out)
}

fn assert_silent(text: &str) {
    assert!(text.contains(CANARY), "{text}");
    // What is not a manifest is shown, too.
    let options = LoadOptions { strict: true, ..LoadOptions::default() };
    let manifests = Manifests::default().load_text("a.yaml", text, &options);
    assert!(!manifests.diagnostics.is_empty(), "nothing is reported, so nothing is tested: {text}");
    if let Some(out) = leaks(text, &options) {
        let lines: Vec<&str> = out.lines().filter(|line| line.contains(CANARY)).collect();
        panic!("leaked:\n{}\nfrom:\n{text}", lines.join("\n"));
    }
}

/// The harness can fail: without a mask the canary is seen.
#[test]
fn redact_test_sees_an_unmasked_canary() {
    assert!(leaks(&cluster(&format!("  primaryDomain: {CANARY}\n")), &LoadOptions::default()).is_some());
}

#[test]
fn redact_kubeconfig_in_every_form() {
    let text = kubeconfig();
    let wrapped = indented(&format!("{}\n", CANARY.repeat(10)).repeat(5), 4);
    let fields = [
        format!("  kubeconfig: |\n{}", indented(&text, 4)),
        format!("  kubeconfig: >-\n{}", indented(&text, 6)),
        format!("  kubeconfig: {text:?}\n"),
        format!("  kubeconfig: {CANARY}\n"),
        format!("  kubeconfig: |\n{wrapped}"),
        format!("  kubeconfig: \"{CANARY}\n\n    {CANARY}\"\n"),
        format!("  kubeconfig:\n{}", indented(&text, 4)),
        format!("  kubeconfig: &k |\n{}  kubeconfig2: *k\n", indented(&text, 4)),
        format!("  kubeconfig: [{CANARY}]\n"),
        format!("  kubeconfig: {{file: x, inline: {CANARY}}}\n"),
        format!("  kube_config: {CANARY}\n"),
        format!("  kubeConfig: |\n{}", indented(&text, 4)),
        format!("  config: |\n{}", indented(&text, 4)),
        format!("  config:\n{}", indented(&text, 4)),
        format!("  config: |\n{wrapped}"),
        format!("  kubeconfig: |\n{}", indented(&text, 2)),
        format!("  # kubeconfig: |\n{}", indented(&text, 4).replace("    ", "  #   ")),
        format!("  # token: {CANARY}\n"),
        format!("  kubeconfig: {{env: X}} # token: {CANARY}\n"),
        format!("  componentsList: {{pipeline: {{additions: {{token: {CANARY}}}}}}}\n"),
        format!("  <<: {{kubeconfig: {CANARY}}}\n"),
        format!("  <<: {{kubeconfig: {CANARY}}}\n  kubeconfig: {{env: X}}\n"),
        format!("  kubeconfig: {{env: X}}\n  kubeconfig: {CANARY}\n"),
    ];
    for field in fields {
        assert_silent(&cluster(&field));
    }
}

#[test]
fn redact_kubeconfig_in_unknown_documents() {
    let text = inline();
    assert_silent(&text.replace("kind: Cluster", "kind: Cluter"));
    assert_silent(&text.replace("kind: Cluster\n", ""));
    assert_silent(&text.replace("kind: Cluster", "kind: Product"));
    assert_silent(&text.replace("spec:", "spce:"));
    assert_silent(&format!("{HEAD}kind: Cluster\nmetadata: {{annotations: {{kubeconfig: {CANARY}}}}}\n"));
    assert_silent(&format!("{HEAD}kind: Secret\ndata: {{x: {CANARY}}}\n"));
    assert_silent(&kubeconfig());
    assert_silent(&serde_json::json!({"kind": "Cluter", "spec": {"kubeconfig": CANARY}}).to_string());
    assert_silent(&format!(
        "{{\"kind\": \"Cluster\", \"spec\": {{\"kubeconfig\": \"{CANARY}\", \"a\": [}}}}"
    ));
    assert_silent(&format!("{{\n  \"kubeconfig\":\n  \"{CANARY}\",\n  \"a\": [}}\n}}\n"));
}

#[test]
fn redact_kubeconfig_in_texts_that_are_not_yaml() {
    for broken in ["\t- x\n", "  a: b: c\n", "  x: [\n", "  x: \"\n", "%\n", " - x\n", "  @x\n"] {
        assert_silent(&(inline() + broken));
        assert_silent(&(broken.to_owned() + &inline()));
        assert_silent(&inline().replacen("  name: a\n", &format!("  name: a\n{broken}"), 1));
        assert_silent(&inline().replacen("    users:\n", &format!("    users:\n{broken}"), 1));
        assert_silent(&inline().replacen("    users:\n", &format!("{broken}    users:\n"), 1));
    }
}

#[test]
fn redact_truncated_manifests() {
    let text = inline();
    let secret = text.find(CANARY).unwrap();
    for end in secret + CANARY.len()..text.len() {
        assert_silent(&format!("{}\n---\nbad: document\n", &text[..end]));
        assert_silent(&format!("{}\n\t]", &text[..end]));
    }
}

#[test]
fn redact_secret_variables() {
    let options = with_variables(&[("K", &kubeconfig()), ("S", CANARY)]);
    for field in
        ["  kubeconfig: ${K}\n", "  kubeconfig: ${S}\n", "  config: ${K}\n", "  kubeconfig: [\"${S}\"]\n"]
    {
        assert!(leaks(&cluster(field), &options).is_none(), "{field}");
    }
}

#[test]
fn redact_keeps_sources_of_secrets() {
    let text = cluster("  kubeconfig: {file: keys/none}\n");
    assert!(reported(&text).contains("kubeconfig: {file: keys/none}"), "{}", reported(&text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// One slip of the hand anywhere.
    #[test]
    fn redact_holds_under_single_edits(
        at in 0_usize..2000,
        cut in 0_usize..3,
        put in prop::sample::select(vec!["", "\n", "\t", " ", "  ", "\"", "'", "[", "{", "}", ":", ": ", "- ", "#", " #", "|", "&a ", "*a ", "!x ", "\n---\n", "${", "\\"]),
    ) {
        let text = inline();
        let at = at % text.len();
        let end = (at + cut).min(text.len());
        let edited = format!("{}{put}{}", &text[..at], &text[end..]);
        prop_assert!(leaks(&edited, &LoadOptions::default()).is_none(), "leaked from:\n{}", edited);
    }
}
