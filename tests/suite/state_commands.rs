//! `state …`, `force-unlock`, and what happens when the state can't be saved.

use crate::support::Workspace;

#[test]
fn state_list_show_and_rm() {
    let workspace = Workspace::applied_quickstart();
    let list = workspace.run(&["state", "list", "--sandbox"]).exits(0).stdout;
    assert_eq!(list.lines().count(), 16);
    let shown = workspace.run(&["state", "show", "Project/demo/demo-project", "--sandbox"]).exits(0).stdout;
    assert!(shown.contains("golang"), "{shown}");
    workspace.run(&["state", "rm", "proj/demo/demo-project", "--sandbox"]).exits(0);
    assert_eq!(workspace.run(&["state", "list", "--sandbox"]).exits(0).stdout.lines().count(), 15);
    let missing = workspace.run(&["state", "rm", "Project/demo/demo-project", "--sandbox"]).exits(1);
    assert!(missing.stderr.contains("is not in the state"), "{}", missing.stderr);
    // The object is still there and matches: it is adopted again.
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    assert_eq!(workspace.run(&["state", "list", "--sandbox"]).exits(0).stdout.lines().count(), 16);
}

#[test]
fn state_push_refuses_another_lineage() {
    let workspace = Workspace::applied_quickstart();
    let state = workspace.run(&["state", "pull", "--sandbox"]).exits(0).stdout;
    workspace.write("pulled.json", &state);
    workspace.run(&["state", "mv", "Project/demo/demo-project", "Project/demo/other", "--sandbox"]).exits(0);
    let older = workspace.run(&["state", "push", "pulled.json", "--sandbox"]).exits(1);
    assert!(older.stderr.contains("older"), "{}", older.stderr);
    workspace.run(&["state", "push", "pulled.json", "--sandbox", "--force"]).exits(0);
    assert!(
        workspace.run(&["state", "list", "--sandbox"]).exits(0).stdout.contains("Project/demo/demo-project")
    );
    let other = Workspace::applied_quickstart();
    let foreign =
        other.run(&["state", "push", workspace.file("pulled.json").to_str().unwrap(), "--sandbox"]).exits(1);
    assert!(foreign.stderr.contains("another lineage"), "{}", foreign.stderr);
}

#[test]
fn apply_without_state_adopts_existing_objects() {
    let workspace = Workspace::applied_quickstart();
    std::fs::remove_dir_all(workspace.file(".nautform/sandbox")).unwrap();
    let plan = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.contains("16 objects on the server match a manifest already"), "{}", plan.stdout);
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    assert_eq!(workspace.run(&["state", "list", "--sandbox"]).exits(0).stdout.lines().count(), 16);
}

/// The directory of the state is a file: nothing can be written there, so nothing may be written to the
/// server either.
#[test]
fn apply_writes_nothing_when_the_state_cannot_be_written() {
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write(".nautform/sandbox", "in the way");
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(1);
    std::fs::remove_file(workspace.file(".nautform/sandbox")).unwrap();
    let plan = workspace.run(&["plan", "--sandbox"]).exits(0).stdout;
    assert!(plan.ends_with("Plan: 16 to add, 0 to change, 0 to destroy.\n"), "{plan}");
}

/// A local lock ends with its holder: there is nothing to force.
#[test]
fn force_unlock_of_a_local_lock_is_an_error() {
    let workspace = Workspace::applied_quickstart();
    let free = workspace.run(&["force-unlock", "wrong", "--sandbox"]).exits(1);
    assert!(free.stderr.contains("it is not locked"), "{}", free.stderr);
}
