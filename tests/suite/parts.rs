//! A file, standard input or a subdirectory is a part of its fleet: what other files declare is left as it
//! is, and the whole directory agrees afterwards. A file that was emptied is not an order to delete.

use std::path::Path;

use crate::support::{KUBECONFIG, Output, Workspace, product, project, repository};

const NOTHING: &str = "Resources: 0 added, 0 changed, 0 destroyed.\n";

fn projects(product: &str, names: &[&str]) -> String {
    names.iter().map(|name| project(product, name)).collect()
}

/// `fleet` with a product and its projects in two files, and another product in a subdirectory, applied.
fn applied() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("fleet/shop.yaml", &product("shop"));
    workspace.write("fleet/projects.yaml", &projects("shop", &["api", "web"]));
    workspace.write("fleet/products/blog/blog.yaml", &product("blog"));
    workspace.write("fleet/products/blog/projects.yaml", &projects("blog", &["posts"]));
    let applied = workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    assert!(applied.stdout.contains("5 added"), "{}", applied.stdout);
    workspace
}

/// Runs a command in a directory of the workspace, with a text as its standard input.
fn run_in(workspace: &Workspace, directory: &str, args: &[&str], input: &str) -> Output {
    Workspace::piped(workspace.command(args).current_dir(workspace.file(directory)), input)
}

#[track_caller]
fn is_unchanged(workspace: &Workspace) {
    let plan = workspace.run(&["plan", "fleet", "--sandbox", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
    let state = workspace.run(&["state", "list", "--dir", "fleet", "--sandbox"]).exits(0);
    assert_eq!(state.stdout.lines().count(), 5, "{}", state.stdout);
}

#[track_caller]
fn source(workspace: &Workspace, address: &str) -> String {
    let shown = workspace.run(&["state", "show", address, "--dir", "fleet", "--sandbox"]).exits(0).stdout;
    shown.lines().find(|line| line.contains("source")).unwrap_or_default().trim().to_owned()
}

/// Runs about a part, from different working directories.
const PARTS: [(&str, &str); 7] = [
    (".", "fleet/shop.yaml"),
    (".", "fleet/products"),
    (".", "./fleet/../fleet/products/blog/projects.yaml"),
    ("fleet", "shop.yaml"),
    ("fleet/products", "blog"),
    ("fleet/products/blog", "."),
    ("fleet/products/blog", "../../projects.yaml"),
];

#[test]
fn part_leaves_the_rest_of_the_fleet_as_it_is() {
    let workspace = applied();
    let addresses = ["Product/shop", "Project/shop/web", "Product/blog", "Project/blog/posts"];
    let sources = addresses.map(|address| source(&workspace, address));
    for (directory, part) in PARTS {
        for command in ["plan", "drift"] {
            let seen = run_in(&workspace, directory, &[command, part, "--sandbox"], "").exits(0);
            assert!(
                seen.stdout.contains("No ") && !seen.stdout.contains("destroy"),
                "{part}: {}",
                seen.stdout
            );
        }
        let args = ["apply", part, "--sandbox", "--auto-approve"];
        let seen = run_in(&workspace, directory, &args, "").exits(0);
        assert!(seen.stdout.contains("No changes.") || seen.stdout.ends_with(NOTHING), "{}", seen.stdout);
        is_unchanged(&workspace);
        assert_eq!(addresses.map(|address| source(&workspace, address)), sources, "{directory} {part}");
    }
    let states = walk(workspace.path()).into_iter().filter(|path| path.ends_with(".nautform"));
    assert_eq!(states.count(), 1);
}

/// All directories.
fn walk(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut all = vec![directory.to_owned()];
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(walk(&path));
        }
    }
    all
}

#[test]
fn part_changes_only_what_it_declares() {
    let workspace = applied();
    for file in ["fleet/projects.yaml", "fleet/products/blog/projects.yaml"] {
        workspace.edit(file, "language: go", "language: rust");
    }
    let drift = ["drift", "fleet/shop.yaml", "--sandbox", "--fail-on", "pending"];
    workspace.run(&drift).exits(0);
    let args = ["apply", "posts.yaml", "--sandbox", "--auto-approve"];
    workspace.write("fleet/products/blog/posts.yaml", &projects("blog", &["posts", "comments"]));
    let applied = run_in(&workspace, "fleet/products/blog", &args, "").exits(0);
    assert!(applied.stdout.ends_with("1 added, 0 changed, 0 destroyed.\n"), "{}", applied.stdout);
    assert!(source(&workspace, "Project/blog/comments").contains("products/blog/posts.yaml"));
    std::fs::remove_file(workspace.file("fleet/products/blog/posts.yaml")).unwrap();
    let args = ["apply", "fleet/products/blog", "--sandbox", "--auto-approve"];
    let applied = workspace.run(&args).exits(0);
    assert!(applied.stdout.ends_with("0 added, 1 changed, 0 destroyed.\n"), "{}", applied.stdout);
    let plan = workspace.run(&["plan", "fleet", "--sandbox"]).exits(0).stdout;
    assert!(plan.contains("Project/blog/comments will be destroyed"), "{plan}");
    assert!(plan.ends_with("Plan: 0 to add, 2 to change, 1 to destroy.\n"), "{plan}");
}

#[test]
fn standard_input_is_a_part_without_complete() {
    let workspace = applied();
    let shop = product("shop");
    let apply = ["apply", "-", "--sandbox", "--auto-approve"];
    run_in(&workspace, "fleet", &apply, &shop).exits(0);
    is_unchanged(&workspace);
    let applied = run_in(&workspace, "fleet/products", &apply, &projects("shop", &["api"])).exits(0);
    assert!(applied.stdout.contains("No changes."), "{}", applied.stdout);
    is_unchanged(&workspace);
    let plan = ["plan", "-", "--complete", "--sandbox"];
    let plan = run_in(&workspace, "fleet/products", &plan, &shop).exits(0).stdout;
    assert!(plan.ends_with("Plan: 0 to add, 0 to change, 4 to destroy.\n"), "{plan}");
    let complete = [&apply[..], &["--complete", "--allow-irreversible"]].concat();
    run_in(&workspace, "fleet", &complete, "# nothing\n").exits(1);
    run_in(&workspace, "fleet", &complete, &shop).exits(0);
    let state = workspace.run(&["state", "list", "--dir", "fleet", "--sandbox"]).exits(0);
    assert_eq!(state.stdout, "Product/shop\n");
}

#[test]
fn destroy_of_a_part_counts_what_uses_it_elsewhere() {
    let workspace = applied();
    let all = ["--sandbox", "--auto-approve", "--allow-irreversible"];
    let shop = [&["destroy", "fleet/shop.yaml"], &all[..]].concat();
    let refused = workspace.run(&shop).exits(5);
    assert!(
        refused.stdout.contains("what is to stay would be deleted with it: Project/shop/api"),
        "{}",
        refused.stdout
    );
    is_unchanged(&workspace);
    let destroyed = workspace.run(&[&["destroy", "fleet/projects.yaml"], &all[..]].concat()).exits(0);
    assert!(
        destroyed.stdout.ends_with("Destroy complete! Resources: 2 destroyed.\n"),
        "{}",
        destroyed.stdout
    );
    workspace.run(&shop).exits(0);
    let state = workspace.run(&["state", "list", "--dir", "fleet/shop.yaml", "--sandbox"]).exits(0);
    assert_eq!(state.stdout, "Product/blog\nProject/blog/posts\n");
    let stateless = [&["destroy", "fleet/products/blog/blog.yaml", "--stateless"], &all[..]].concat();
    workspace.run(&stateless).exits(5);
}

#[test]
fn saved_plan_of_a_part_is_about_the_part() {
    let workspace = applied();
    workspace.edit("fleet/projects.yaml", "language: go", "language: rust");
    let plan = ["plan", "projects.yaml", "--sandbox", "--out", "../saved.plan"];
    run_in(&workspace, "fleet", &plan, "").exits(0);
    let applied = workspace.run(&["apply", "saved.plan", "--sandbox"]).exits(0);
    assert!(applied.stdout.ends_with("0 added, 2 changed, 0 destroyed.\n"), "{}", applied.stdout);
    is_unchanged(&workspace);
    let plan = ["plan", "-", "--sandbox", "--out", "../saved.plan"];
    let refused = run_in(&workspace, "fleet", &plan, &product("shop")).exits(1);
    assert!(refused.stderr.contains("standard input"), "{}", refused.stderr);
}

#[test]
fn questions_about_the_whole_fleet_are_refused_for_a_part() {
    let workspace = applied();
    for args in [
        &["plan", "fleet/shop.yaml", "--prune=Product/shop"][..],
        &["plan", "fleet/products", "--show-unmanaged"],
        &["drift", "fleet/products", "--fail-on", "unmanaged"],
        &["plan", "fleet/shop.yaml", "--complete"],
        &["plan", "fleet/shop.yaml", "--target", "Project/shop/api"],
    ] {
        workspace.run(&[args, &["--sandbox"]].concat()).exits(1);
    }
    let narrowed = ["plan", "fleet/projects.yaml", "--target", "Project/shop/api", "--sandbox"];
    let plan = workspace.run(&narrowed).exits(0);
    assert!(plan.stdout.contains("compared 1 object"), "{}", plan.stdout);
}

#[test]
fn subdirectory_has_the_settings_of_its_fleet() {
    let workspace = applied();
    let rule = "ignore: [{address: 'Project/*/*', fields: [language], reason: x}]\n";
    workspace.write("fleet/nautform.yaml", rule);
    // The rule itself is a change until it is applied.
    workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    workspace.edit("fleet/products/blog/projects.yaml", "language: go", "language: rust");
    for (directory, part) in PARTS {
        run_in(&workspace, directory, &["plan", part, "--sandbox", "--detailed-exitcode"], "").exits(0);
    }
}

#[test]
fn renamed_object_is_followed_by_a_run_of_its_file() {
    let workspace = applied();
    workspace.write("fleet/projects.yaml", &projects("shop", &["core", "web"]));
    let sandbox = format!("--sandbox={}", workspace.file("fleet/.nautform/sandbox.json").display());
    let elsewhere = Workspace::new();
    elsewhere.write("a.yaml", &projects("shop", &["core"]));
    elsewhere.run(&["apply", "a.yaml", &sandbox, "--stateless", "--auto-approve"]).exits(0);
    elsewhere.write("a.yaml", &projects("shop", &["api"]));
    elsewhere.run(&["destroy", "a.yaml", &sandbox, "--stateless", "--auto-approve"]).exits(0);
    workspace.write("fleet/nautform.yaml", "moved: [{from: Project/shop/api, to: Project/shop/core}]\n");
    let plan = workspace.run(&["plan", "fleet/projects.yaml", "--sandbox"]).exits(0).stdout;
    assert!(plan.contains("Project/shop/api is now called Project/shop/core"), "{plan}");
    workspace.run(&["apply", "fleet/projects.yaml", "--sandbox", "--auto-approve"]).exits(0);
    is_unchanged(&workspace);
}

#[test]
fn emptied_file_is_not_an_order_to_delete() {
    let workspace = applied();
    let plan_file = r#"{"format": "nautform-plan"}"#;
    for text in ["", "# moved\n", "---\n---\n"] {
        workspace.write("fleet/projects.yaml", text);
        let refused = workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(5).stdout;
        assert!(refused.contains("projects.yaml declares nothing any more"), "{refused}");
        assert!(refused.contains("Project/shop/api") && refused.contains("[emptied-file]"), "{refused}");
        workspace.run(&["apply", "fleet/projects.yaml", "--sandbox", "--auto-approve"]).exits(1);
        let web = ["plan", "fleet", "--sandbox", "--target", "Project/shop/web"];
        assert!(workspace.run(&web).exits(0).stdout.contains("[emptied-file]"));
    }
    // What moved to another file is not gone.
    workspace.write("fleet/core.yaml", &projects("shop", &["api", "web"]));
    is_unchanged(&workspace);
    workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    // A file that nautform itself has written is not read as a manifest.
    std::fs::rename(workspace.file("fleet/core.yaml"), workspace.file("fleet/core.json")).unwrap();
    workspace.write("fleet/core.json", plan_file);
    workspace.write("fleet/core.yaml", plan_file);
    let refused = workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(5).stdout;
    assert!(refused.contains("core.yaml declares nothing any more"), "{refused}");
}

#[test]
fn removed_document_or_file_deletes() {
    let workspace = applied();
    workspace.write("fleet/projects.yaml", &projects("shop", &["api"]));
    let applied = workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    assert!(applied.stdout.ends_with("0 added, 0 changed, 1 destroyed.\n"), "{}", applied.stdout);
    std::fs::remove_file(workspace.file("fleet/projects.yaml")).unwrap();
    let applied = workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    assert!(applied.stdout.ends_with("0 added, 0 changed, 1 destroyed.\n"), "{}", applied.stdout);
}

/// The files of the official examples in the order in which the user's guide has them registered, and what to
/// fill in.
const GUIDE: [(&str, &[(&str, &str)]); 8] = [
    ("demo-cluster-physical-worker-pipeline.yaml", &[("$suffix", "pipeline"), ("$cluster-ip", "10.0.0.1")]),
    (
        "demo-cluster-physical-worker-deployment.yaml",
        &[("$suffix", "deployment"), ("$cluster-ip", "10.0.0.2")],
    ),
    ("demo-cluster-host.yaml", &[("$suffix", "01"), ("$cluster-ip", "10.0.0.3")]),
    ("demo-cluster-virtual-worker-pipeline.yaml", &[("$suffix", "pipeline"), ("$cluster-ip", "10.0.0.3")]),
    (
        "demo-cluster-virtual-worker-deployment.yaml",
        &[("$suffix", "deployment"), ("$cluster-ip", "10.0.0.3")],
    ),
    ("demo-product.yaml", &[("$suffix", "01")]),
    ("demo-pipeline.yaml", &[("$suffix", "01")]),
    ("demo-deployment.yaml", &[("$suffix", "01")]),
];

#[test]
fn guide_typed_file_by_file_makes_one_fleet() {
    let workspace = Workspace::new();
    let kubeconfig: String = KUBECONFIG.lines().map(|line| format!("{line}\n    ")).collect();
    let common = [
        ("$api-server-port", "31456"),
        ("$api-server", "https://10.0.0.1:6443"),
        ("$host-cluster", "host-01"),
        ("$product-name", "demo-01"),
        ("$deployment-runtime-cluster", "vcluster-deployment"),
        ("$pipeline-runtime-cluster", "vcluster-pipeline"),
        ("$kubeconfig", kubeconfig.as_str()),
    ];
    let mut added = 0;
    for (file, own) in GUIDE {
        let path = repository("testdata/seed/cli-examples").join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let text = own
            .iter()
            .chain(&common)
            .fold(text, |text, (placeholder, value)| text.replace(placeholder, value));
        workspace.write(file, &text);
        let applied = workspace.run(&["apply", file, "--sandbox", "--auto-approve"]).exits(0);
        assert!(applied.stdout.ends_with("added, 0 changed, 0 destroyed.\n"), "{file}: {}", applied.stdout);
        added += text.matches("\nkind: ").count();
    }
    let plan = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
    let state = workspace.run(&["state", "list", "--sandbox"]).exits(0);
    assert_eq!(state.stdout.lines().count(), added, "{}", state.stdout);
    workspace.run(&["destroy", "demo-cluster-host.yaml", "--sandbox", "--auto-approve"]).exits(5);
    // The guide deletes in the reverse order.
    for (file, _) in GUIDE.iter().rev() {
        let all = ["--sandbox", "--auto-approve", "--allow-irreversible"];
        workspace.run(&[&["destroy", *file], &all[..]].concat()).exits(0);
    }
}

/// The quickstart, one object in a file, applied file by file.
fn applied_one_by_one() -> Workspace {
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write("nautform.yaml", "# The root.\n");
    let mut documents = Vec::new();
    for file in ["product", "repositories", "deployment", "pipeline"] {
        let file = workspace.file(&format!("products/demo/{file}.yaml"));
        let text = std::fs::read_to_string(&file).unwrap();
        documents.extend(text.split("---\n").map(str::to_owned));
        std::fs::remove_file(file).unwrap();
    }
    let order =
        ["Product", "Project", "Environment", "CodeRepo", "CodeRepoBinding", "DeploymentRuntime", "Project"];
    let place = |text: &String| order.iter().position(|kind| text.contains(&format!("kind: {kind}\n")));
    documents.sort_by_key(|text| place(text).unwrap_or(order.len()));
    let clusters = ["host-a", "vcluster-deployment", "vcluster-pipeline"];
    let clusters = clusters.map(|name| format!("clusters/{name}.yaml"));
    let objects = documents.iter().enumerate().map(|(number, text)| {
        let file = format!("products/demo/{number:02}.yaml");
        workspace.write(&file, text);
        file
    });
    let files: Vec<String> = clusters.into_iter().chain(objects.collect::<Vec<_>>()).collect();
    for file in files {
        workspace.run(&["apply", &file, "--sandbox", "--auto-approve"]).exits(0);
    }
    workspace
}

#[test]
fn objects_applied_one_by_one_are_deleted_in_order() {
    let all = ["--sandbox", "--auto-approve", "--allow-irreversible", "--allow-deletes=20"];
    let workspace = applied_one_by_one();
    std::fs::remove_dir_all(workspace.file("products")).unwrap();
    workspace.run(&[&["apply"], &all[..]].concat()).exits(0);
    let workspace = applied_one_by_one();
    workspace.run(&[&["destroy"], &all[..]].concat()).exits(0);
}
