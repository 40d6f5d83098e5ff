//! Promise 4: no secret leaves. Canaries in kubeconfigs, in the environment and in the token; every stream and every file is searched.

use std::path::Path;

use crate::support::Workspace;

const CANARIES: [&str; 4] = ["canary-inline", "canary-file", "canary-env", "canary-token"];

fn search(place: &str, bytes: &[u8]) {
    use base64::Engine as _;
    let text = String::from_utf8_lossy(bytes);
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} is in {place}");
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(canary);
        assert!(!text.contains(&encoded[..encoded.len() - 2]), "{canary} is in {place}, as base64");
    }
}

fn search_files(directory: &Path, inputs: &[&str]) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search_files(&path, inputs);
        } else if !inputs.contains(&path.file_name().unwrap().to_str().unwrap()) {
            search(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

fn kubeconfig(canary: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: a, cluster: {{server: https://a}}}}]\nusers: [{{name: a, user: {{token: {canary}}}}}]\n"
    )
}

fn cluster(name: &str, kubeconfig: &str) -> String {
    format!(
        "---\napiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Cluster\nspec:\n  name: {name}\n  apiServer: https://10.0.0.1:6443\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  kubeconfig: {kubeconfig}\n"
    )
}

#[test]
fn no_command_tells_a_secret_in_success_or_failure() {
    let workspace = Workspace::new();
    let inline = kubeconfig("canary-inline").trim_end().replace('\n', "\n    ");
    let manifest = cluster("a", &format!("|\n    {inline}"))
        + &cluster("b", "{file: kubeconfig}")
        + &cluster("c", "{env: KUBECONFIG_C}");
    workspace.write("fleet.yaml", &manifest);
    workspace.write("kubeconfig", &kubeconfig("canary-file"));
    let runs: &[&[&str]] = &[
        &["validate"],
        &["plan", "--sandbox", "--out", "plan.json", "-vv"],
        &["plan", "--sandbox", "--format", "json"],
        &["plan", "--sandbox", "--format", "markdown"],
        &["plan", "--sandbox", "--format", "ndjson"],
        &["plan", "--sandbox", "--format", "html"],
        &["show", "plan.json"],
        &["graph", "--format", "json"],
        &["apply", "plan.json", "--sandbox", "--events", "events.ndjson", "-vv"],
        &["state", "pull", "--sandbox"],
        &["drift", "--sandbox", "--format", "json", "-vv"],
        &["export", "--sandbox", "-vv"],
        &["export", ".exported", "--sandbox=.nautform/sandbox.json", "-vv"],
        &["plan", "--api-server", "http://127.0.0.1:9", "--request-timeout", "1s", "-vv"],
        &["destroy", "--sandbox", "--auto-approve", "--allow-irreversible", "--format", "ndjson", "-vv"],
    ];
    let run = |args: &[&str]| {
        // Without a server the retries take their time; that is what the timeout of the whole command is for.
        let mut command = workspace.command(args);
        command
            .env("NAUTFORM_TOKEN", "canary-token")
            .env("KUBECONFIG_C", kubeconfig("canary-env"))
            .env("RUST_BACKTRACE", "1");
        let output = Workspace::finish(&mut command);
        search(&format!("the output of {args:?}"), output.stdout.as_bytes());
        search(&format!("the errors of {args:?}"), output.stderr.as_bytes());
        search_files(workspace.path(), &["fleet.yaml", "broken.yaml", "kubeconfig"]);
        output
    };
    for args in runs.iter().filter(|args| !args.contains(&"http://127.0.0.1:9")) {
        run(args).exits(0);
    }
    // Broken manifests: the snippet must not show what stands on the line.
    workspace.write(
        "broken.yaml",
        &(manifest.replace("usage: host", "usage: hots") + "kubeconfig: [canary-inline\n"),
    );
    run(&["validate"]).exits(1);
    workspace.write("broken.yaml", &cluster("d", "canary-inline"));
    run(&["validate"]).exits(1);
}
