//! What shells complete: asked as the shells themselves ask, with the script that `nautform completion`
//! writes.

use std::path::Path;
use std::process::Command;

use crate::support::{Workspace, missing};

/// Lets a shell run a script that may call nautform; `None` where there is no such shell.
fn shell(name: &str, workspace: &Workspace, script: &str) -> Option<String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_nautform")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(name);
    command.args(["-c", script]).current_dir(workspace.path()).env_clear().env("PATH", path);
    command.env("HOME", workspace.path());
    let Ok(output) = command.output() else {
        missing(name);
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The completions of bash for the last argument.
fn bash(workspace: &Workspace, words: &[&str]) -> Vec<String> {
    let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source <(nautform completion bash); COMP_WORDS=({}); COMP_CWORD={}; _clap_complete_nautform nautform '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1,
    );
    let offered = shell("bash", workspace, &script).unwrap();
    // The script splits at vertical tabs, as bash does where it is at a prompt.
    offered.split(['\n', '\u{b}']).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn completion_offers_addresses_of_manifests() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let offered = bash(&workspace, &["nautform", "plan", "--target", "Cluster/worker"]);
    assert_eq!(offered, ["Cluster/worker-deployment", "Cluster/worker-pipeline"]);
    let elsewhere = Workspace::new();
    let fleet = workspace.path().to_str().unwrap();
    assert!(bash(&elsewhere, &["nautform", "plan", "--target", "Cluster/"]).is_empty());
    let offered = bash(&elsewhere, &["nautform", "plan", fleet, "--exclude", "Env"]);
    assert_eq!(offered, ["Environment/demo/dev", "Environment/demo/test"]);
    let offered = bash(&elsewhere, &["nautform", "state", "rm", "--dir", fleet, "Project/"]);
    assert_eq!(offered, ["Project/demo/demo-project"]);
}

#[test]
fn completion_offers_addresses_of_the_state() {
    let workspace = Workspace::applied_quickstart();
    workspace.write("products/demo/deployment.yaml", "kind: [");
    let offered = bash(&workspace, &["nautform", "state", "show", "--sandbox", "Depl"]);
    assert_eq!(offered, ["DeploymentRuntime/demo/demo-deployment"]);
    assert!(bash(&workspace, &["nautform", "state", "show", "Depl"]).is_empty());
    let offered = bash(&workspace, &["nautform", "explain", "Environment.cl"]);
    assert_eq!(offered, ["Environment.cluster"]);
}

#[test]
fn bash_completes_values_behind_an_equals_sign() {
    let workspace = Workspace::copy_of("examples/quickstart");
    // As bash splits the line.
    assert_eq!(bash(&workspace, &["nautform", "plan", "--format", "=", "m"]), ["markdown"]);
    let offered = bash(&workspace, &["nautform", "plan", "--target", "=", "Cluster/worker"]);
    assert_eq!(offered, ["Cluster/worker-deployment", "Cluster/worker-pipeline"]);
    let offered = bash(&workspace, &["nautform", "plan", "--format", "=", "json", "--target", "=", "Env"]);
    assert_eq!(offered, ["Environment/demo/dev", "Environment/demo/test"]);
    assert!(bash(&workspace, &["nautform", "plan", "--format", "="]).contains(&"html".to_owned()));
}

#[test]
fn fish_and_zsh_complete() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let script = "nautform completion fish | source; complete -C 'nautform forget Cluster/host'";
    if let Some(offered) = shell("fish", &workspace, script) {
        assert_eq!(offered.trim_end(), "Cluster/host-a");
    }
    // Zsh completes at a prompt only: its script has to be understood, and to ask for what it should.
    let script = "autoload -Uz compinit && compinit -u && source <(nautform completion zsh) && \
                  _describe() { print -l ${(P)@[-1]}; }; \
                  words=(nautform forget Cluster/host); CURRENT=3; _clap_dynamic_completer_nautform";
    if let Some(offered) = shell("zsh", &workspace, script) {
        assert!(offered.contains("Cluster/host-a"), "{offered}");
    }
}
