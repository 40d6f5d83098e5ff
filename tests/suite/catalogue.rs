//! Platforms with components and hooks of their own.

use crate::support::Workspace;

/// What the platform's own ConfigMap says, with another gateway.
const COMPONENTS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: nautes-configs}
data:
  thirdPartComponents.yaml: |
    - {name: tekton, namespace: tekton-pipelines, type: pipeline, default: true}
    - {name: argocd, namespace: argocd, type: deployment, default: true}
    - {name: argo-events, namespace: argo-events, type: eventListener, default: true}
    - {name: argo-rollouts, namespace: argo-rollouts, type: progressiveDelivery, default: true}
    - {name: hnc, namespace: hnc-system, type: multiTenant, default: true}
    - {name: vault, namespace: vault, type: secretManagement, default: true}
    - {name: external-secrets, namespace: external-secrets, type: secretSync, default: true}
    - {name: oauth2-proxy, namespace: oauth2-proxy, type: oauthProxy, default: true}
    - name: traefik
      namespace: traefik
      type: gateway
      properties:
        - {name: httpNodePort, type: number, required: true, default: 30080}
        - {name: httpsNodePort, type: number, required: true, default: 30443}
    - name: apisix
      namespace: apisix-system
      type: gateway
      default: true
      properties:
        - {name: httpNodePort, type: number, required: true, default: 31080}
        - {name: dashboard, required: true}
";

/// The quickstart, whose clusters get the platform's gateway.
fn workspace() -> Workspace {
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write("nautform.yaml", "platform: {components: platform.yaml, hooks: hooks.yaml}\n");
    workspace.write("platform.yaml", COMPONENTS);
    workspace.write("hooks.yaml", "- log\n- {name: scan}\n");
    workspace
}

/// A host cluster that says of its components what is given.
fn cluster(workspace: &Workspace, components: &str) {
    let text = workspace.read("clusters/host-a.yaml");
    let start = text.find("  componentsList:").unwrap();
    let end = text.find("  kubeconfig:").unwrap();
    let text = format!("{}  componentsList: {components}\n{}", &text[..start], &text[end..]);
    workspace.write("clusters/host-a.yaml", &text);
}

/// The list without the property that has no default.
fn without_dashboard() -> String {
    COMPONENTS.replace("        - {name: dashboard, required: true}\n", "")
}

#[test]
fn components_of_the_platform_are_applied_and_the_plan_is_empty() {
    let workspace = workspace();
    cluster(&workspace, "{gateway: {name: apisix, additions: {dashboard: 'on'}}}");
    let output = workspace.run(&["plan", "--sandbox"]).exits(0);
    for part in ["apisix", "apisix-system", "31080"] {
        assert!(output.stdout.contains(part), "{part}: {}", output.stdout);
    }
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    let output = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    assert!(output.stdout.contains("No changes."), "{}", output.stdout);
    workspace.run(&["drift", "--sandbox"]).exits(0);
    // The platform's usual one, and the other one by its name.
    workspace.write("platform.yaml", &without_dashboard());
    for components in ["{}", "{gateway: {namespace: elsewhere}}", "{gateway: {name: traefik}}"] {
        cluster(&workspace, components);
        workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
        let output = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]);
        assert_eq!(output.code, Some(0), "{components}: {}{}", output.stdout, output.stderr);
    }
}

#[test]
fn what_the_platform_lacks_is_an_error() {
    let workspace = workspace();
    let said = |gateway: &str| {
        cluster(&workspace, &format!("{{gateway: {gateway}}}"));
        workspace.run(&["validate"]).exits(1).stderr
    };
    let output = said("{name: apisx, additions: {dashboard: 'on'}}");
    assert!(output.contains("the platform has no component 'apisx'"), "{output}");
    assert!(output.contains("did you mean 'apisix'?"), "{output}");
    assert!(said("{name: hnc}").contains("component 'hnc' does not serve as gateway"));
    assert!(said("{name: apisix}").contains("component 'apisix' needs 'dashboard'"));
}

#[test]
fn catalogue_is_checked_as_a_whole() {
    let workspace = Workspace::new();
    workspace.write("nautform.yaml", "platform: {components: c.yaml, hooks: ../hooks.yaml}\n");
    workspace.write(
        "c.yaml",
        "thirdPartComponents:\n- {name: a, namespace: a, type: gatway}\n- {name: b}\n- {name: a, namespace: a, \
         type: gateway}\n",
    );
    let output = workspace.run(&["validate"]).exits(1).stderr;
    for part in [
        "c.yaml:2:33",
        "did you mean 'gateway'?",
        "c.yaml:3:3",
        "'namespace' is missing",
        "the component 'a' is listed twice\n --> c.yaml:4:3",
        "hooks.yaml is outside of",
    ] {
        assert!(output.contains(part), "{part}: {output}");
    }
}

#[test]
fn hooks_of_the_platform_are_known() {
    let workspace = workspace();
    workspace.write("platform.yaml", &without_dashboard());
    let file = "products/demo/pipeline.yaml";
    workspace.edit(file, "name: log\n        alias: pre-log", "name: scna\n        alias: pre-log");
    let output = workspace.run(&["validate"]).exits(1).stderr;
    assert!(output.contains("the platform has no hook 'scna'"), "{output}");
    assert!(output.contains("did you mean 'scan'?"), "{output}");
    workspace.edit(file, "scna", "scan");
    let output = workspace.run(&["plan", "--sandbox"]).exits(0);
    assert!(!output.stderr.contains("unknown-hook"), "{}", output.stderr);
}
