//! Ways out of refused plans: for each code the ways that are found, in docs/ways-out.md, and each of them carried
//! out for real, over HTTP.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use nautform::sandbox::Method;
use nautform::sandbox::server::Server;

use crate::support::fleets::{Fleet, Rng, seeds};
use crate::support::{self, KUBECONFIG, Output, Workspace, cluster, object, repository, serving_empty};

/// A fleet in Git, and its server.
struct Stage {
    workspace: Workspace,
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

fn worker(name: &str) -> String {
    cluster(name, "deployment", &format!("{KUBECONFIG:?}"))
}

fn environment(name: &str, cluster: &str) -> String {
    support::environment("shop", name, cluster)
}

fn product(visibility: &str) -> String {
    object("Product", &format!("name: shop, git: {{gitlab: {{visibility: {visibility}}}}}"))
}

fn code_repo(name: &str, visibility: &str) -> String {
    object("CodeRepo", &format!("name: {name}, product: shop, git: {{gitlab: {{visibility: {visibility}}}}}"))
}

fn project(name: &str) -> String {
    support::project("shop", name)
}

fn binding(name: &str, repository: &str, projects: &str) -> String {
    object(
        "CodeRepoBinding",
        &format!(
            "name: {name}, productName: shop, coderepo: {repository}, permissions: readonly, projects: [{projects}]"
        ),
    )
}

fn deployment(name: &str, project: &str, repository: &str) -> String {
    object(
        "DeploymentRuntime",
        &format!(
            "name: {name}, product: shop, projectsRef: [{project}], destination: {{environment: dev}}, \
             manifestSource: {{codeRepo: {repository}, path: {name}, targetRevision: main}}"
        ),
    )
}

impl Stage {
    /// A product with a project and two clusters, one of which its environment is on; applied and committed.
    fn new() -> Self {
        Self::of(&[
            ("shop.yaml", &product("public")),
            ("web.yaml", &project("web")),
            ("dev.yaml", &environment("dev", "a")),
            ("clusters/a.yaml", &worker("a")),
            ("clusters/b.yaml", &worker("b")),
        ])
    }

    /// These files, applied and committed.
    fn of(files: &[(&str, &str)]) -> Self {
        let (server, _runtime) = serving_empty();
        let stage = Self { workspace: Workspace::new(), server, _runtime };
        files.iter().for_each(|(file, text)| stage.write(file, text));
        stage.write("nautform.yaml", "fleet: shop\n");
        stage.write(".gitignore", ".nautform\n");
        stage.workspace.git(".", &["init", "--quiet"]);
        stage.apply(&[]);
        stage
    }

    fn write(&self, file: &str, text: &str) {
        self.workspace.write(file, text);
    }

    fn remove(&self, file: &str) {
        std::fs::remove_file(self.workspace.file(file)).unwrap();
    }

    fn commit(&self, message: &str) {
        self.workspace.git(".", &["add", "--all"]);
        self.workspace.git(".", &["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    fn run(&self, args: &[&str]) -> Output {
        self.workspace.run_at(&self.server.url(), args)
    }

    fn apply(&self, args: &[&str]) {
        self.commit("Everything");
        self.run(&[&["apply", "--auto-approve"], args].concat()).exits(0);
    }

    /// A change by another client.
    fn elsewhere(&self, method: &str, path: &str, body: &str) {
        let said = self.try_elsewhere(method, path, body);
        said.unwrap();
    }

    fn try_elsewhere(&self, method: &str, path: &str, body: &str) -> Result<(), String> {
        let body: Option<Json> = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap());
        let path = format!("/api/v1/{path}");
        let response = self.server.with_world(|world| {
            let response = world.out_of_band(Method::parse(method), &path, body.as_ref());
            world.settle(0);
            response
        });
        if response.status == 200 { Ok(()) } else { Err(response.text().clone()) }
    }

    fn plan(&self, args: &[&str]) -> Json {
        self.run(&[&["plan", "--format", "json"], args].concat()).json()
    }

    /// Takes a way, and what it leaves to people: manifests to write.
    fn take(&self, way: &Json, args: &[&str]) {
        let steps = way["steps"].as_array().unwrap();
        let texts = self.manifests();
        for step in steps {
            if let Some(fields) = step.get("first").or_else(|| step.get("set")) {
                self.set(fields);
            }
            if let Some(text) = step["restore"]["manifest"].as_str() {
                self.write("restored.yaml", text);
            }
            if let Some(address) = step.get("declare").and_then(Json::as_str) {
                let name = address.strip_prefix("Cluster/").unwrap();
                self.write(&format!("clusters/{name}.yaml"), &worker(name));
            }
        }
        let has_first = steps.iter().any(|step| step.get("first").is_some());
        let mut runs = 0;
        for line in way["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()) {
            let is_command = ["nautform ", "git ", "rm "].iter().any(|word| line.starts_with(word));
            if !is_command {
                continue;
            }
            if has_first && runs == 1 {
                texts.iter().for_each(|(file, text)| self.write(file, text));
            }
            runs += usize::from(line.starts_with("nautform "));
            self.shell(line, args);
        }
        assert!(runs > 0, "{way}");
    }

    /// A line as its reader would run it.
    fn shell(&self, line: &str, args: &[&str]) {
        self.shell_in(self.workspace.path(), line, args);
    }

    fn shell_in(&self, directory: &Path, line: &str, args: &[&str]) {
        let program = Path::new(env!("CARGO_BIN_EXE_nautform")).parent().unwrap();
        let asks_nothing = line.replacen("nautform apply", "nautform apply --auto-approve", 1);
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = std::process::Command::new("sh");
        command.arg("-c").arg(&asks_nothing).current_dir(directory).env_clear().env("PATH", path);
        command.env("NAUTFORM_API_SERVER", self.server.url()).env("NAUTFORM_TOKEN", "x");
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{line} (after {args:?})\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn manifests(&self) -> Vec<(String, String)> {
        let files = walkdir::WalkDir::new(self.workspace.path()).into_iter().map(Result::unwrap);
        let yaml = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "yaml"));
        let named = yaml.map(|file| {
            let name = file.path().strip_prefix(self.workspace.path()).unwrap().display().to_string();
            (name, std::fs::read_to_string(file.path()).unwrap())
        });
        named.collect()
    }

    /// Writes values of the last level into a manifest.
    fn set(&self, fields: &Json) {
        let address = fields["address"].as_str().unwrap();
        let name = format!("name: {},", address.rsplit('/').next().unwrap());
        let kind = format!("kind: {}\n", address.split('/').next().unwrap());
        let all = self.manifests();
        let (file, text) = all.iter().find(|(_, text)| text.contains(&name) && text.contains(&kind)).unwrap();
        let mut text = text.clone();
        for field in fields["fields"].as_array().unwrap() {
            let key = format!("{}: ", field[0].as_str().unwrap().rsplit('.').next().unwrap());
            let start = text.find(&key).unwrap() + key.len();
            let end = if text[start..].starts_with('[') {
                text[start..].find(']').unwrap() + 1
            } else {
                text[start..].find(['}', ',', '\n']).unwrap()
            };
            text.replace_range(start..start + end, field[1].as_str().unwrap());
        }
        self.write(file, &text);
    }
}

/// A plan that is refused.
struct Scene {
    code: &'static str,
    what: &'static str,
    args: &'static [&'static str],
    set: fn(&Stage),
}

/// An environment with a runtime gets another cluster, which replaces both.
fn used_environment_moves(stage: &Stage) {
    stage.write("repo.yaml", &code_repo("deploy", "private"));
    stage.write("run.yaml", &deployment("web", "web", "deploy"));
    stage.write("lend.yaml", &binding("lend", "deploy", "web"));
    stage.apply(&[]);
    stage.write("dev.yaml", &environment("dev", "b"));
}

const SCENES: &[Scene] = &[
    Scene {
        code: "in-use",
        what: "A cluster has left the manifests, and an unmanaged environment is on it.",
        args: &[],
        set: |stage| {
            stage.elsewhere(
                "POST",
                "products/shop/environments/stray",
                r#"{"cluster":"b","env_type":"dev"}"#,
            );
            stage.remove("clusters/b.yaml");
        },
    },
    Scene {
        code: "in-use",
        what: "What uses a replaced object is not selected.",
        args: &["--target=Environment/shop/dev"],
        set: used_environment_moves,
    },
    Scene {
        code: "missing-reference",
        what: "The manifest of a cluster was removed, and an environment still names it.",
        args: &[],
        set: |stage| stage.remove("clusters/a.yaml"),
    },
    Scene {
        code: "missing-reference",
        what: "A cluster was removed some commits ago, and a new environment names it.",
        args: &[],
        set: |stage| {
            stage.remove("clusters/b.yaml");
            stage.commit("Remove the cluster b");
            stage.apply(&[]);
            stage.write("test.yaml", &environment("test", "b"));
        },
    },
    Scene {
        code: "missing-reference",
        what: "A name that never was.",
        args: &[],
        set: |stage| stage.write("test.yaml", &environment("test", "nowhere")),
    },
    Scene {
        code: "missing-reference",
        what: "A binding was removed that lends a repository to a runtime.",
        args: &[],
        set: |stage| {
            stage.write("repo.yaml", &code_repo("deploy", "private"));
            stage.write("run.yaml", &deployment("web", "web", "deploy"));
            stage.write("lend.yaml", &binding("lend", "deploy", "web"));
            stage.apply(&[]);
            stage.remove("lend.yaml");
        },
    },
    Scene {
        code: "protected",
        what: "The manifest of a protected object was removed.",
        args: &[],
        set: |stage| {
            let text = project("web")
                .replace("spec:", "metadata: {annotations: {nautform.dev/prevent-destroy: 'true'}}\nspec:");
            stage.write("web.yaml", &text);
            stage.apply(&[]);
            stage.remove("web.yaml");
        },
    },
    Scene {
        code: "emptied-file",
        what: "A file has lost what it declared.",
        args: &[],
        set: |stage| stage.write("web.yaml", "# nothing yet\n"),
    },
    Scene {
        code: "threshold",
        what: "More goes than the settings allow.",
        args: &[],
        set: |stage| {
            stage.write("nautform.yaml", "fleet: shop\nthresholds: {minimum: 1, deletes: {count: 0}}\n");
            stage.remove("web.yaml");
        },
    },
    Scene {
        code: "skipped-manifest",
        what: "A manifest is still there and not read any more.",
        args: &[],
        set: |stage| stage.write(".nautformignore", "web.yaml\n"),
    },
    Scene {
        code: "replacement",
        what: "A replacement takes along what uses the object.",
        args: &[],
        set: used_environment_moves,
    },
    Scene {
        code: "replacement",
        what: "Two environments exchange their clusters.",
        args: &[],
        set: |stage| {
            stage.write("test.yaml", &environment("test", "b"));
            stage.apply(&[]);
            stage.write("dev.yaml", &environment("dev", "b"));
            stage.write("test.yaml", &environment("test", "a"));
        },
    },
    Scene {
        code: "above-owner",
        what: "A product sinks below an unmanaged repository.",
        args: &[],
        set: |stage| {
            stage.elsewhere(
                "POST",
                "products/shop/coderepos/stray",
                r#"{"git":{"gitlab":{"name":"stray","path":"stray","visibility":"public"}}}"#,
            );
            stage.write("shop.yaml", &product("private"));
        },
    },
    Scene {
        code: "above-owner",
        what: "A repository rises above a product that no manifest declares.",
        args: &[],
        set: |stage| {
            stage.write("shop.yaml", &product("private"));
            stage.apply(&[]);
            stage.run(&["state", "rm", "Product/shop"]).exits(0);
            stage.remove("shop.yaml");
            stage.write("repo.yaml", &code_repo("deploy", "public"));
        },
    },
    Scene {
        code: "same-object",
        what: "The state has an object under two spellings.",
        args: &[],
        set: |stage| {
            stage.write("repo.yaml", &code_repo("Api", "private"));
            stage.apply(&[]);
            stage.write("repo.yaml", &code_repo("api", "private"));
        },
    },
    Scene {
        code: "rehearsal",
        what: "An unmanaged environment is on the cluster that a new one names.",
        args: &[],
        set: |stage| {
            stage.elsewhere(
                "POST",
                "products/shop/environments/stray",
                r#"{"cluster":"b","env_type":"dev"}"#,
            );
            stage.write("test.yaml", &environment("test", "b"));
        },
    },
    Scene {
        code: "rehearsal",
        what: "The clusters of two unmanaged environments are gone: the server refuses every write to the product.",
        args: &[],
        set: |stage| {
            for name in ["c", "d"] {
                stage.write(&format!("clusters/{name}.yaml"), &worker(name));
                stage.apply(&[]);
                let body = format!(r#"{{"cluster":"{name}","env_type":"dev"}}"#);
                stage.elsewhere("POST", &format!("products/shop/environments/stray-{name}"), &body);
                stage.elsewhere("DELETE", &format!("clusters/{name}"), "");
                stage.remove(&format!("clusters/{name}.yaml"));
            }
            stage.commit("Remove the clusters c and d");
            stage.write("web.yaml", &project("web").replace("go", "rust"));
        },
    },
    Scene {
        code: "missing-reference",
        what: "Another client has deleted the cluster of a declared environment, and its manifest is gone, too.",
        args: &[],
        set: |stage| {
            stage.elsewhere("DELETE", "clusters/a", "");
            stage.remove("clusters/a.yaml");
            stage.commit("Remove the cluster a");
            stage.write("web.yaml", &project("web").replace("go", "rust"));
        },
    },
    Scene {
        code: "rehearsal",
        what: "Two projects exchange their repositories.",
        args: &[],
        set: |stage| {
            stage.write("api.yaml", &project("api"));
            stage.write("repos.yaml", &[code_repo("one", "private"), code_repo("two", "private")].concat());
            stage.write("one.yaml", &binding("one", "one", "web"));
            stage.write("two.yaml", &binding("two", "two", "api"));
            stage.write("run.yaml", &deployment("web", "web", "one"));
            stage.write("api-run.yaml", &deployment("api", "api", "two"));
            stage.apply(&[]);
            stage.write("one.yaml", &binding("one", "one", "api"));
            stage.write("two.yaml", &binding("two", "two", "web"));
            stage.write("run.yaml", &deployment("web", "web", "two"));
            stage.write("api-run.yaml", &deployment("api", "api", "one"));
        },
    },
    Scene {
        code: "rehearsal",
        what: "An object is to be sent unchecked that need not be.",
        args: &["--unchecked=Project/shop/web"],
        set: |stage| stage.write("web.yaml", &project("web").replace("go", "rust")),
    },
    Scene {
        code: "unknown",
        what: "What uses a deleted object can't be read.",
        args: &[],
        set: |stage| {
            assert!(stage.server.with_world(|world| world.revoke_access("shop", true)));
            stage.remove("clusters/b.yaml");
        },
    },
];

/// Codes of refusals that no scene here can have: nothing makes one, or only an apply.
const NONE: &[(&str, &str)] = &[
    ("irreversible", "No plan is refused for it: apply asks, or wants the permission."),
    ("missing-secret", "Only apply refuses it. The value is missing, so nothing can be tried."),
];

/// The page: what is found for each scene.
fn page() -> (String, Vec<(&'static Scene, usize)>) {
    let mut rows = String::new();
    let mut found = Vec::new();
    for scene in SCENES {
        let stage = Stage::new();
        (scene.set)(&stage);
        let plan = stage.plan(scene.args);
        let codes: BTreeSet<&str> = plan["refusals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|refusal| refusal["kind"].as_str().unwrap())
            .collect();
        assert!(codes.contains(scene.code), "{}: {codes:?} {} {}", scene.what, plan["gaps"], plan["notes"]);
        let ways = plan["ways_out"]["found"].as_array().cloned().unwrap_or_default();
        let _ = write!(rows, "| `{}` | {} | ", scene.code, scene.what);
        for (number, way) in (1..).zip(&ways) {
            let separator = if number == 1 { "" } else { "<br>" };
            let _ = write!(rows, "{separator}{number}. {}", escaped(way["summary"].as_str().unwrap()));
        }
        rows.push_str(if ways.is_empty() { "none |\n" } else { " |\n" });
        found.push((scene, ways.len()));
    }
    for (code, why) in NONE {
        let _ = writeln!(rows, "| `{code}` | {why} | none |");
    }
    (rows, found)
}

/// A cell, without what differs from run to run.
fn escaped(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let inner = word.trim_matches([',', '(', ')']);
        let is_hash = inner.len() >= 7 && inner.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash { word.replace(inner, "COMMIT") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[test]
fn catalogue_of_ways_out_is_what_is_found() {
    let file = repository("docs/ways-out.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (head, _) = text.split_once("|---|---|---|\n").unwrap();
    let fresh = format!("{head}|---|---|---|\n{}", page().0);
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&file, fresh).unwrap();
    } else if text != fresh {
        panic!("{}", similar::TextDiff::from_lines(&text, &fresh).unified_diff());
    }
    let codes: BTreeSet<&str> =
        SCENES.iter().map(|scene| scene.code).chain(NONE.iter().map(|(code, _)| *code)).collect();
    let schema = std::fs::read_to_string(repository("testdata/schemas/plan.schema.json")).unwrap();
    let schema: Json = serde_json::from_str(&schema).unwrap();
    let all = schema["$defs"]["refusal"]["properties"]["kind"]["enum"].as_array().unwrap().clone();
    let all: BTreeSet<&str> = all.iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(codes, all, "every code of a refusal has its row");
}

#[test]
fn every_way_of_the_catalogue_goes_through_for_real() {
    for scene in SCENES {
        // One stage for each way: the same plan has the same ways.
        for number in 0.. {
            let stage = Stage::new();
            (scene.set)(&stage);
            let plan = stage.plan(scene.args);
            let found = plan["ways_out"]["found"].as_array().map_or(&[][..], Vec::as_slice);
            if let Some(way) = found.get(number) {
                stage.take(way, scene.args);
            }
            if number + 1 >= found.len() {
                break;
            }
        }
    }
}

/// Two projects in one file, the first of which is protected.
const PAIR: &str = "[a] pair's.yaml";

fn pair() -> [String; 2] {
    let annotation = "metadata: {annotations: {nautform.dev/prevent-destroy: 'true'}}\nspec:";
    [project("one").replace("spec:", annotation), project("two")]
}

#[test]
fn command_lines_name_the_environment_and_go_through_from_another_directory() {
    let stage = || {
        let stage = Stage::new();
        stage.write(PAIR, &pair().concat());
        stage.write("web.yaml", &project("'${NAME}'"));
        stage.write("names.yaml", "NAME: web\n");
        stage.write(".nautformignore", "names.yaml\n");
        stage.apply(&["--var-file=names.yaml"]);
        let url = stage.server.url();
        let environments = format!("environments: {{prod: {{server: {{url: '{url}'}}}}}}\n");
        stage.write("nautform.yaml", &format!("fleet: shop\n{environments}"));
        stage.run(&["state", "rebind", "-e", "prod"]).exits(0);
        stage.write(PAIR, "# Nothing.\n");
        stage
    };
    let mut number = 0;
    loop {
        let stage = stage();
        let root = stage.workspace.path().display().to_string();
        let names = format!("--var-file={root}/names.yaml");
        let plan = stage.plan(&[&root, "-e", "prod", &names]);
        let Some(way) = plan["ways_out"]["found"].get(number) else { break };
        let lines = way["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        for line in lines {
            assert!(!line.starts_with("nautform") || line.contains(" -e prod "), "{line}");
            stage.shell_in(Path::new("/"), line, &[]);
        }
        number += 1;
    }
    assert!(number > 2, "{number} ways");
}

#[test]
fn what_a_file_brings_back_is_said_and_nothing_is_declared_twice() {
    let stage = Stage::new();
    stage.write(PAIR, &pair().concat());
    stage.apply(&[]);
    stage.remove(PAIR);
    let way = &stage.plan(&[])["ways_out"]["found"][0];
    let both = "bring back Project/shop/one and Project/shop/two (";
    assert!(way["summary"].as_str().unwrap().starts_with(both), "{way}");
    // The second one is in another file now.
    stage.write("two.yaml", &pair()[1]);
    let way = &stage.plan(&[])["ways_out"]["found"][0];
    assert!(way["summary"].as_str().unwrap().starts_with("bring back Project/shop/one ("), "{way}");
    assert_eq!(way["steps"][0]["restore"]["manifest"].as_str().unwrap().trim(), pair()[0].trim());
    stage.take(way, &[]);
}

/// What others do and what people forget: strays, clusters that go, manifests that go, protections.
fn sabotage(stage: &Stage, fleet: &mut Fleet, rng: &mut Rng) {
    for _ in 0..=rng.below(3) {
        let number = rng.below(4);
        let other = rng.below(4);
        match rng.below(5) {
            // Some of it is refused by the server, and then has not happened.
            0 | 1 => {
                let body = format!(r#"{{"cluster":"c{number}","env_type":"test"}}"#);
                let _ = stage.try_elsewhere("POST", &format!("products/p/environments/stray{other}"), &body);
            }
            2 => _ = stage.try_elsewhere("DELETE", &format!("clusters/c{number}"), ""),
            3 => fleet.toggle_cluster(rng),
            _ => fleet.change(rng, 4),
        }
    }
}

/// Any way out of any refused plan goes through for real, and with it the whole plan.
#[test]
fn every_way_out_of_random_fleets_goes_through_for_real() {
    let seeds: Vec<u64> = seeds(16).collect();
    // The longest test of all: what it starts runs side by side.
    let taken: usize = std::thread::scope(|scope| {
        let parts = seeds.chunks(seeds.len().div_ceil(4).max(1));
        let threads: Vec<_> = parts
            .map(|part| scope.spawn(|| part.iter().filter(|seed| takes_a_way(**seed)).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(taken > 3, "{taken} plans were refused and had a way out");
}

/// Takes one of the ways out of a random plan, if there are any.
#[expect(clippy::print_stdout, reason = "shown if the test fails")]
fn takes_a_way(seed: u64) -> bool {
    let mut rng = Rng(seed);
    let mut fleet = Fleet::new(&mut rng);
    let stage = Stage::of(&[("fleet.yaml", &fleet.manifests())]);
    sabotage(&stage, &mut fleet, &mut rng);
    stage.write("fleet.yaml", &fleet.manifests());
    let plan = stage.plan(&[]);
    let ways = plan["ways_out"]["found"].as_array().cloned().unwrap_or_default();
    let Some(way) = rng.pick(&ways) else { return false };
    println!("seed {seed}: {}", way["summary"]);
    stage.take(way, &[]);
    true
}
