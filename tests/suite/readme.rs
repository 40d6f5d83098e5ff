//! Every output that the front pages show, the README and its Chinese sister, is what the binary prints.

use crate::support::{Workspace, repository};

/// What the README shows below `$ command`, without the indent.
fn shown(readme: &str, command: &str, number: usize) -> String {
    let start = readme.match_indices(&format!("    $ {command}\n")).nth(number).unwrap().0;
    let lines = readme[start..].lines().skip(1);
    let block: Vec<&str> = lines.take_while(|line| line.is_empty() || line.starts_with("    ")).collect();
    let text: Vec<&str> = block.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    text.join("\n").trim_end().to_owned()
}

const README: &str = "README.md";

/// A page, and a directory with the quickstart in it, applied.
fn applied_quickstart(page: &str) -> (String, Workspace) {
    let readme = std::fs::read_to_string(repository(page)).unwrap();
    let workspace = Workspace::new();
    let fleet = Workspace::copy_of("examples/quickstart");
    std::fs::create_dir_all(workspace.file("examples")).unwrap();
    std::fs::rename(fleet.path(), workspace.file("examples/quickstart")).unwrap();
    workspace.run(&["apply", "examples/quickstart", "--sandbox", "--auto-approve"]).exits(0);
    (readme, workspace)
}

#[test]
fn readme_init_output_is_real() {
    let (readme, workspace) = applied_quickstart(README);
    std::fs::create_dir(workspace.file(".git")).unwrap();
    let output = workspace.run(&["init", "fleet", "--ci", "gitlab"]).exits(0);
    assert_eq!(output.stderr.trim_end(), shown(&readme, "nautform init fleet --ci gitlab", 0));
}

#[test]
fn readme_export_output_is_real() {
    let (readme, workspace) = applied_quickstart(README);
    let sandbox = "--sandbox=examples/quickstart/.nautform/sandbox.json";
    let output = workspace.run(&["export", "fleet", sandbox]).exits(0);
    assert_eq!(output.stderr.trim_end(), shown(&readme, &format!("nautform export fleet {sandbox}"), 0));
}

#[test]
fn readme_tour_output_is_real_in_both_languages() {
    for page in [README, "examples/README.zh.md"] {
        tour(page);
    }
}

fn tour(page: &str) {
    let (readme, workspace) = applied_quickstart(page);

    let plan = ["plan", "examples/quickstart", "--sandbox"];
    let command = "nautform plan examples/quickstart --sandbox";
    assert_eq!(workspace.run(&plan).exits(0).stdout.trim_end(), shown(&readme, command, 0));

    let product = "examples/quickstart/products/demo/product.yaml";
    workspace.edit(product, "language: golang", "language: rust");
    assert_eq!(workspace.run(&plan).exits(0).stdout.trim_end(), shown(&readme, command, 1));

    workspace.edit(product, "language: rust", "langage: golang");
    let output = workspace.run(&["validate", "examples/quickstart"]).exits(1);
    assert_eq!(output.stderr.trim_end(), shown(&readme, "nautform validate examples/quickstart", 0));
}

/// A new example must not go unchecked.
#[test]
fn readme_outputs_are_all_checked() {
    let checked = [
        "nautform init fleet --ci gitlab",
        "nautform export fleet --sandbox=examples/quickstart/.nautform/sandbox.json",
        "nautform plan examples/quickstart --sandbox",
        "nautform validate examples/quickstart",
    ];
    for page in [README, "examples/README.zh.md"] {
        let text = std::fs::read_to_string(repository(page)).unwrap();
        let shown = text.lines().filter_map(|line| line.strip_prefix("    $ "));
        let unchecked: Vec<&str> = shown.filter(|command| !checked.contains(command)).collect();
        assert!(unchecked.is_empty(), "{page}: {unchecked:?}");
    }
}
