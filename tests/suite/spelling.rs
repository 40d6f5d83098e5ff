//! Names that differ in case only are one object for the server: an error in a fleet, and never a reason to
//! delete.

use nautform::Mode;

use crate::support::{HEAD, Run, Workspace, block_on};

fn product(name: &str) -> String {
    format!("{HEAD}kind: Product\nspec: {{name: {name}, git: {{gitlab: {{visibility: private}}}}}}\n")
}

fn repository(product: &str, name: &str) -> String {
    format!(
        "{HEAD}kind: CodeRepo\nspec: {{name: {name}, product: {product}, git: {{gitlab: {{visibility: private}}}}}}\n"
    )
}

/// One file for each object, or several.
fn fleet(files: &[(&str, String)]) -> Workspace {
    let workspace = Workspace::new();
    files.iter().for_each(|(name, text)| workspace.write(&format!("f/{name}"), text));
    workspace
}

#[test]
fn spellings_that_differ_in_case_are_an_error_with_both_places() {
    let workspace = fleet(&[
        ("a.yaml", product("shop")),
        ("b.yaml", repository("shop", "api")),
        ("c.yaml", repository("shop", "API")),
        ("d.yaml", repository("Shop", "other")),
        ("e.yaml", repository("Shop", "api")),
    ]);
    insta::assert_snapshot!(workspace.run(&["validate", "f"]).exits(1).stderr, @r"
    error[same-object]: CodeRepo/Shop/api and CodeRepo/shop/api differ in case only: the server takes them for one object
     --> f/b.yaml:3:14
      |
    3 | spec: {name: api, product: shop, git: {gitlab: {visibility: private}}}
      |              ^^^ CodeRepo/shop/api is declared here
      |
     ::: f/e.yaml:3:14
      |
    3 | spec: {name: api, product: Shop, git: {gitlab: {visibility: private}}}
      |              --- CodeRepo/Shop/api is declared here
      |
      = help: use one spelling, or give one another name

    error[same-object]: CodeRepo/Shop/api and CodeRepo/shop/API differ in case only: the server takes them for one object
     --> f/c.yaml:3:14
      |
    3 | spec: {name: API, product: shop, git: {gitlab: {visibility: private}}}
      |              ^^^ CodeRepo/shop/API is declared here
      |
     ::: f/e.yaml:3:14
      |
    3 | spec: {name: api, product: Shop, git: {gitlab: {visibility: private}}}
      |              --- CodeRepo/Shop/api is declared here
      |
      = help: use one spelling, or give one another name

    error[same-object]: Product/shop and Product/Shop differ in case only: the server takes them for one object
     --> f/e.yaml:3:28
      |
    3 | spec: {name: api, product: Shop, git: {gitlab: {visibility: private}}}
      |                            ^^^^ Product/Shop is named here
      |
     ::: f/a.yaml:3:14
      |
    3 | spec: {name: shop, git: {gitlab: {visibility: private}}}
      |              ---- Product/shop is declared here
      |
      = help: use one spelling, or give one another name

    3 errors
    ");
}

const APPLY: [&str; 5] = ["apply", "f", "--sandbox", "--auto-approve", "--allow-irreversible"];

fn applied() -> Workspace {
    let workspace = fleet(&[("shop.yaml", product("shop")), ("repo.yaml", repository("shop", "api"))]);
    workspace.run(&["apply", "f", "--sandbox", "--auto-approve"]).exits(0);
    workspace
}

/// After a refusal everything is as it was.
fn is_untouched(workspace: &Workspace) {
    workspace.write("f/shop.yaml", &product("shop"));
    workspace.write("f/repo.yaml", &repository("shop", "api"));
    let plan = workspace.run(&["plan", "f", "--sandbox"]).exits(0);
    assert!(plan.stdout.contains("No changes"), "{}", plan.stdout);
}

/// Why the plan can't be applied.
fn refusals(output: &str) -> String {
    let after = output.split("can't be applied as it is:\n\n").nth(1).unwrap_or(output);
    after.split("\n\n").next().unwrap_or_default().to_owned()
}

#[test]
fn change_of_case_is_refused() {
    let workspace = applied();
    workspace.write("f/repo.yaml", &repository("shop", "Api"));
    let output = workspace.run(&APPLY).exits(5);
    insta::assert_snapshot!(refusals(&(output.stdout + &output.stderr)), @"
    ! CodeRepo/shop/api: differs from CodeRepo/shop/Api in case only: both are one object for the
      server [same-object]
      --> f/repo.yaml:1:1
      help: keep one spelling in manifests and state; to change CodeRepo/shop/api into
            CodeRepo/shop/Api, rename it to something else first and apply; if the state has both,
            remove one with: nautform state rm ADDRESS
    ");
    is_untouched(&workspace);
}

#[test]
fn change_of_case_of_a_product_is_refused() {
    let workspace = applied();
    workspace.write("f/shop.yaml", &product("Shop"));
    workspace.write("f/repo.yaml", &repository("Shop", "api"));
    let output = workspace.run(&APPLY).exits(5);
    insta::assert_snapshot!(refusals(&(output.stdout + &output.stderr)), @"
    ! CodeRepo/shop/api: differs from CodeRepo/Shop/api in case only: both are one object for the
      server [same-object]
      --> f/repo.yaml:1:1
      help: keep one spelling in manifests and state; to change CodeRepo/shop/api into
            CodeRepo/Shop/api, rename it to something else first and apply; if the state has both,
            remove one with: nautform state rm ADDRESS
    ! Product/shop: differs from Product/Shop in case only: both are one object for the server
      [same-object]
      --> f/shop.yaml:1:1
      help: keep one spelling in manifests and state; to change Product/shop into Product/Shop, rename
            it to something else first and apply; if the state has both, remove one with: nautform
            state rm ADDRESS
    ");
    is_untouched(&workspace);
}

#[test]
fn change_of_case_by_moved_is_refused() {
    let workspace = applied();
    workspace.write("f/repo.yaml", &repository("shop", "Api"));
    workspace.write("f/nautform.yaml", "moved: [{from: CodeRepo/shop/api, to: CodeRepo/shop/Api}]\n");
    let output = workspace.run(&APPLY).exits(5);
    insta::assert_snapshot!(refusals(&(output.stdout + &output.stderr)), @"
    ! CodeRepo/shop/api: differs from CodeRepo/shop/Api in case only: both are one object for the
      server [same-object]
      --> f/repo.yaml:1:1
      help: keep one spelling in manifests and state; to change CodeRepo/shop/api into
            CodeRepo/shop/Api, rename it to something else first and apply; if the state has both,
            remove one with: nautform state rm ADDRESS
    ");
    std::fs::remove_file(workspace.file("f/nautform.yaml")).unwrap();
    is_untouched(&workspace);
}

/// Without a state, with an empty one, and with --prune: the live object is unmanaged.
#[test]
fn unmanaged_object_with_another_spelling_is_not_changed() {
    let workspace = applied();
    workspace.write("f/repo.yaml", &repository("shop", "Api"));
    workspace.run(&["state", "rm", "CodeRepo/shop/api", "--dir", "f", "--sandbox"]).exits(0);
    for more in [&[][..], &["--stateless"]] {
        let output = workspace.run(&[&APPLY[..], more].concat()).exits(5);
        insta::allow_duplicates! {
            insta::assert_snapshot!(refusals(&(output.stdout + &output.stderr)), @"
            ! CodeRepo/shop/Api: differs from CodeRepo/shop/api in case only: both are one object for the
              server [same-object]
              --> f/repo.yaml:1:1
              help: keep one spelling in manifests and state; to change CodeRepo/shop/api into
                    CodeRepo/shop/Api, rename it to something else first and apply; if the state has both,
                    remove one with: nautform state rm ADDRESS
            ");
        }
    }
    // The refusal is about the object that would be deleted.
    let output = workspace.run(&[&APPLY[..], &["--prune=*"]].concat()).exits(5);
    let refusals_of_prune = refusals(&(output.stdout + &output.stderr));
    let first = "! CodeRepo/shop/api: differs from CodeRepo/shop/Api in case only";
    assert!(refusals_of_prune.contains(first), "{refusals_of_prune}");
    let destroy = ["destroy", "f", "--sandbox", "--auto-approve", "--allow-irreversible"];
    let output = workspace.run(&destroy).exits(5);
    insta::assert_snapshot!(refusals(&(output.stdout + &output.stderr)), @"
    ! Product/shop: can't be deleted: it is used by CodeRepo/shop/api [in-use]
      --> f/shop.yaml:1:1
      help: remove or change what uses it first
    ! CodeRepo/shop/Api: differs from CodeRepo/shop/api in case only: both are one object for the
      server [same-object]
      --> f/repo.yaml:1:1
      help: keep one spelling in manifests and state; to change CodeRepo/shop/Api into
            CodeRepo/shop/api, rename it to something else first and apply; if the state has both,
            remove one with: nautform state rm ADDRESS
    ");
    is_untouched(&workspace);
}

/// As an older version may have left it: one repository, two records. Only one of them may be deleted.
#[test]
fn destroy_of_both_spellings_is_refused_until_one_is_forgotten() {
    let mut run = Run::of(&format!("{}---\n{}", product("shop"), repository("shop", "api")));
    run.converge();
    let both = ["CodeRepo/shop/api", "CodeRepo/shop/Api"].map(|name| name.parse().unwrap());
    let record = run.state.records[&both[0]].clone();
    run.state.records.insert(both[1].clone(), record);
    let plan = block_on(run.plan(Mode::Destroy)).plan;
    let refusals: Vec<String> = plan.refusals.iter().map(|refusal| refusal.message.clone()).collect();
    insta::assert_snapshot!(refusals.join("\n"), @"differs from CodeRepo/shop/api in case only: both are one object for the server");
    run.state.records.remove(&both[1]);
    assert!(run.apply(Mode::Destroy).is_complete());
    assert!(run.server.world().is_empty());
}
