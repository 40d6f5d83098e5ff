//! Repositories and who may use them (§4.4, §4.5).

use serde_json::{Value, json};

use super::{Fixture, PANIC, answer, failure, repo, shop, with};

/// §4.4: names and paths, and the members that GitLab ignores when empty.
#[test]
fn code_repos() {
    let mut fixture = Fixture::full();
    let path = "500  the name of the codeRepo resource must be the same as the repository path";
    let git = |members: Value| json!({"git": {"gitlab": members}});
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/x"), &git(json!({"name": "Y", "visibility": "public"})))),
        path,
        "the default of path is the name"
    );
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/x"), &git(json!({"path": "y", "visibility": "public"})))),
        path
    );
    let product = |visibility: &str| git(json!({"path": "shop", "visibility": visibility}));
    fixture.put("/api/v1/products/shop", &product("public"));
    fixture.put(
        &shop("coderepos/x"),
        &git(json!({"name": "Nice", "path": "x", "visibility": "public", "description": "d"})),
    );
    assert_eq!(fixture.read(&shop("coderepos/x"))["git"]["gitlab"]["name"], "Nice");
    assert_eq!(
        fixture.names(&shop("coderepos")),
        ["lib", "app"],
        "LIST hides it: its display name is not its path"
    );
    fixture.put(&shop("coderepos/x"), &git(json!({"visibility": "private"})));
    assert_eq!(fixture.names(&shop("coderepos")), ["x", "lib", "app"], "newest first");
    let stored = fixture.read(&shop("coderepos/x"));
    assert_eq!(stored["git"]["gitlab"]["description"], "d", "cannot be cleared");
    assert_eq!(stored["git"]["gitlab"]["visibility"], "private");
    assert_eq!(
        (&stored["project"], &stored["pipeline_runtime"]),
        (&json!(""), &json!(false)),
        "full replacement"
    );
    fixture.put(&shop("coderepos/bare"), &json!({"git": {}}));
    let clash =
        fixture.post(&shop("coderepos/y"), &git(json!({"name": "app", "path": "y", "visibility": "public"})));
    assert!(failure(&clash).contains("{name: [has already been taken]}"));
    let event = with(repo("web"), "/webhook/events", json!(["push_events", "", "stars"]));
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/app"), &event)),
        "500  invalid webhook stars please refer to gitlab api documentation: \
         https://docs.gitlab.com/ee/api/projects.html#edit-project-hook"
    );
    fixture.put(&shop("coderepos/repo-99"), &repo("web"));
}

/// §4.4: live GitLab values show; a missing GitLab project is another answer.
#[test]
fn code_repos_show_gitlab() {
    let mut fixture = Fixture::full();
    assert!(fixture.world.describe_repository("shop", "app", "changed by hand"));
    assert_eq!(fixture.read(&shop("coderepos/app"))["git"]["gitlab"]["description"], "changed by hand");
    assert!(fixture.world.rename_repository("shop", "app", "App"));
    assert_eq!(fixture.names(&shop("coderepos")), ["lib"]);
    assert_eq!(
        fixture.read(&shop("deploymentruntimes/run"))["manifest_source"]["code_repo"],
        "App",
        "§4.0: display names"
    );
    assert_eq!(fixture.read(&shop("projectpipelineruntimes/pipe"))["pipeline_source"], "App");
    assert!(fixture.world.rename_group("shop", "The Shop"));
    for (path, product) in [
        ("environments/dev", "The Shop"),
        ("coderepos/app", "The Shop"),
        ("coderepobindings/lib-for-web", "The Shop"),
        ("deploymentruntimes/run", "The Shop"),
        ("projects/web", "shop"),
    ] {
        assert_eq!(fixture.read(&shop(path))["product"], product, "{path}");
    }
    assert_eq!(fixture.read(&shop("coderepos"))["items"][0]["product"], "shop", "LIST echoes the URL");
    assert!(fixture.world.delete_gitlab_project("shop", "lib"));
    let gone = "500  failed to convert codeRepo name repo-3 to repository name, err: ";
    for path in ["coderepobindings/lib-for-web", "coderepobindings"] {
        let answer = failure(&fixture.get(&shop(path)));
        assert!(answer.starts_with(gone), "§4.5, GET and the whole LIST: {answer}");
    }
    fixture.world.delete_gitlab_project("shop", "app");
    assert_eq!(fixture.get(&shop("deploymentruntimes")).status, 500, "§4.7");
}

/// §2.4, §4.5: a denied refresh of permissions comes after everything is saved.
#[test]
fn denied_refresh() {
    let mut fixture = Fixture::full();
    fixture.world.options.refresh_denied = true;
    let repository = fixture.post(&shop("coderepos/new"), &repo("web"));
    let message = repository.json()["message"].as_str().expect("a message").to_owned();
    assert_eq!(repository.status, 200);
    assert!(message.starts_with(
        "[warning] the CodeRepo new was deleted, but refresh permission failed, \
                                 please check the current user permission, err: "
    ));
    let binding = fixture.post(
        &shop("coderepobindings/b"),
        &json!({"coderepo": "new", "permissions": "readwrite", "projects": []}),
    );
    assert!(
        failure(&binding)
            .starts_with("403 REFRESH_PERMISSIONS_ACCESS_DENIED failed to refersh permission, err: ")
    );
    assert_eq!(fixture.read(&shop("coderepobindings/b"))["permissions"], "readwrite");
    assert_eq!(fixture.read(&shop("coderepos/new"))["name"], "new");
}

/// §4.5: bindings.
#[test]
fn bindings() {
    let mut fixture = Fixture::full();
    let save = |fixture: &mut Fixture, name: &str, body: Value| {
        answer(&fixture.post(&shop(&format!("coderepobindings/{name}")), &body))
    };
    let unknown = save(&mut fixture, "b", json!({"coderepo": "none", "permissions": "readonly"}));
    assert!(
        unknown.starts_with(
            "500  failed to convert repository name none to codeRepo name, err: error: \
                                 code = 404 reason = PROJECT_NOT_FOUND"
        ),
        "{unknown}"
    );
    let unmanaged =
        save(&mut fixture, "b", json!({"coderepo": "default.project", "permissions": "readonly"}));
    assert_eq!(
        unmanaged,
        "500  the authorization repository repo-1 does not exist when checking CodeRepoBinding b"
    );
    let project =
        save(&mut fixture, "b", json!({"coderepo": "lib", "permissions": "readonly", "projects": ["none"]}));
    assert_eq!(project, "500  project resource none does not exist or is invalid");
    let moved = save(&mut fixture, "lib-for-web", json!({"coderepo": "app", "permissions": "readonly"}));
    assert!(
        moved.starts_with("500 NOT_ALLOWED_MODIFY It is not allowed to modify the authorized repository."),
        "{moved}"
    );
    assert_eq!(
        save(
            &mut fixture,
            "lib-for-web",
            json!({"product": "ignored", "coderepo": "lib", "permissions": "readwrite", "projects": []})
        ),
        "ok"
    );
    let binding = fixture.read(&shop("coderepobindings/lib-for-web"));
    assert_eq!(
        binding,
        json!({"product": "shop", "name": "lib-for-web", "projects": [], "permissions": "readwrite",
            "coderepo": "lib"})
    );
}

/// §4.1, §4.4: a repository is not more visible than its product, and a product not less than its
/// repositories.
#[test]
fn visibilities() {
    let mut fixture = Fixture::full();
    let git = |path: &str, visibility: &str| {
        json!({"project": "web", "git": {"gitlab": {"path": path,
        "visibility": visibility}}})
    };
    let refused = "400 {message: {visibility_level: [public is not allowed in a private group.]}}";
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/new"), &git("new", "public"))),
        format!("500  POST https://gitlab.sandbox/api/v4/projects: {refused}")
    );
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/app"), &git("app", "public"))),
        format!("500  PUT https://gitlab.sandbox/api/v4/projects/2: {refused}")
    );
    assert_eq!(fixture.read(&shop("coderepos/app"))["git"]["gitlab"]["visibility"], "private");
    fixture.put("/api/v1/products/shop", &git("shop", "public"));
    fixture.put(&shop("coderepos/app"), &git("app", "public"));
    let lowered = failure(&fixture.post("/api/v1/products/shop", &git("shop", "private")));
    assert!(
        lowered.contains("private is not allowed since this group contains projects with higher visibility.")
    );
    fixture.put(&shop("coderepos/app"), &git("app", "private"));
    fixture.put("/api/v1/products/shop", &git("shop", "private"));
}

/// §4.4: a path in another case finds the old project and renames it.
#[test]
fn a_path_in_another_case() {
    let mut fixture = Fixture::full();
    fixture.put(&shop("coderepos/App"), &repo("web"));
    let found = fixture.read(&shop("coderepos/app"));
    assert_eq!(found["git"]["gitlab"]["path"], "App");
    assert_eq!(found["git"]["gitlab"]["http_url_to_repo"], "https://gitlab.sandbox/shop/App.git");
}

/// §4.4: a repository with the internal name of another: the other resource is overwritten, if there is a
/// webhook.
#[test]
fn a_repository_named_like_the_id_of_another() {
    let mut fixture = Fixture::full();
    let without_webhook = json!({"git": {"gitlab": {"visibility": "private"}}});
    assert_eq!(failure(&fixture.post(&shop("coderepos/repo-2"), &without_webhook)), PANIC);
    fixture.put(&shop("coderepos/repo-2"), &repo("web"));
    assert_eq!(fixture.names(&shop("coderepos")), ["lib"]);
    assert_eq!(
        failure(&fixture.get(&shop("coderepos/repo-2"))),
        "404 RESOURCE_NOT_FOUND the resource is not found"
    );
}
