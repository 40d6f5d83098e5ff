//! One directory for several platforms: what chooses between them, and that nothing of one reaches another.

use crate::support::{ApiServer, HEAD, Output, Workspace};

const MANIFESTS: &str =
    "kind: Product\nspec: {name: 'shop-${STAGE}', git: {gitlab: {visibility: '${VISIBILITY}'}}}\n";

/// A fleet for two platforms, with what it says of each.
struct Fleet {
    workspace: Workspace,
    dev: String,
    prod: String,
    _servers: [ApiServer; 2],
}

impl Fleet {
    fn new() -> Self {
        let servers = [ApiServer::default(), ApiServer::default()];
        let [dev, prod] = [&servers[0], &servers[1]].map(ApiServer::address);
        let fleet = Self { workspace: Workspace::new(), dev, prod, _servers: servers };
        fleet.workspace.write("fleet/shop.yaml", &format!("{HEAD}{MANIFESTS}"));
        fleet.workspace.write("fleet/prod.vars.yaml", "STAGE: prod\nVISIBILITY: private\n");
        fleet.settings("");
        fleet
    }

    /// Writes the settings, with more for production.
    fn settings(&self, more: &str) {
        let text = format!(
            "fleet: shop\nenvironments:\n  dev:\n    server: {{url: '{}'}}\n    variables: {{STAGE: dev, \
             VISIBILITY: public}}\n  prod:\n    server: {{url: '{}'}}\n    variableFiles: \
             [prod.vars.yaml]\n{more}",
            self.dev, self.prod
        );
        self.workspace.write("fleet/nautform.yaml", &text);
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, &[])
    }

    fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.workspace.command(args);
        Workspace::finish(command.env("NAUTFORM_TOKEN", "x").envs(variables.iter().copied()))
    }

    fn apply(&self, environment: &str) {
        self.run(&["apply", "fleet", "-e", environment, "--auto-approve"]).exits(0);
    }

    /// What is on the platform of an environment.
    fn live(&self, environment: &str) -> String {
        self.run(&["get", "--dir", "fleet", "-e", environment, "--stateless", "-o", "name"]).exits(0).stdout
    }

    fn state(&self, environment: &str) -> String {
        format!("fleet/.nautform/environments/{environment}/state.json")
    }
}

/// Every command that opens a fleet.
const COMMANDS: &[&[&str]] = &[
    &["plan", "fleet"],
    &["apply", "fleet", "--auto-approve"],
    &["destroy", "fleet", "--auto-approve"],
    &["drift", "fleet"],
    &["graph", "fleet"],
    &["doctor", "fleet"],
    &["get", "--dir", "fleet"],
    &["get", "--state", "--dir", "fleet"],
    &["why", "Product/shop-dev", "--dir", "fleet"],
    &["adopt", "--dir", "fleet"],
    &["export", "fleet", "--force"],
    &["forget", "Product/shop-dev", "--dir", "fleet"],
    &["force-unlock", "x", "--dir", "fleet"],
    &["state", "list", "--dir", "fleet"],
    &["state", "pull", "--dir", "fleet"],
    &["state", "rebind", "--add", "--dir", "fleet"],
];

#[test]
fn commands_need_an_environment_where_there_are_several() {
    let fleet = Fleet::new();
    // No variable chooses one.
    let variables = ["NAUTFORM_ENV", "NAUTFORM_ENVIRONMENT", "ENV", "STAGE"].map(|name| (name, "prod"));
    for command in COMMANDS {
        let output = fleet.run_with(command, &variables).exits(1);
        let said = "error: nautform.yaml declares environments, and none is chosen: dev, prod\nhelp: choose one \
                    with -e NAME\n";
        assert!(output.stderr.ends_with(said), "{command:?}: {}", output.stderr);
        let output = fleet.run(&[*command, &["-e", "prd"]].concat()).exits(1);
        assert!(output.stderr.contains("help: did you mean -e prod?"), "{command:?}: {}", output.stderr);
        // An unset variable of a script.
        fleet.run(&[*command, &["--env="]].concat()).exits(1);
    }
    assert_eq!(["dev", "prod"].map(|name| fleet.live(name)), ["", ""]);
    fleet.workspace.write("fleet/nautform.yaml", "fleet: shop\n");
    let output = fleet.run(&["plan", "fleet", "-e", "dev"]).exits(1);
    assert!(output.stderr.contains("nautform.yaml declares no environments"), "{}", output.stderr);
}

#[test]
fn environments_have_servers_variables_and_states_of_their_own() {
    let fleet = Fleet::new();
    fleet.apply("dev");
    let output = fleet.run(&["plan", "fleet", "-e", "prod"]).exits(0);
    assert!(output.stdout.starts_with("Environment: prod\n\n"), "{}", output.stdout);
    assert!(output.stdout.contains("+ Product \"shop-prod\""), "{}", output.stdout);
    assert!(output.stdout.ends_with("Plan: 1 to add, 0 to change, 0 to destroy.\n"), "{}", output.stdout);
    fleet.apply("prod");
    for name in ["dev", "prod"] {
        fleet.run(&["plan", "fleet", "-e", name, "--detailed-exitcode"]).exits(0);
        let listed = fleet.run(&["state", "list", "--dir", "fleet", "-e", name]).exits(0);
        assert_eq!(listed.stdout, format!("Product/shop-{name}\n"));
    }
    let output =
        fleet.run(&["destroy", "fleet", "-e", "dev", "--auto-approve", "--allow-irreversible"]).exits(0);
    assert!(output.stdout.contains("shop-dev"), "{}", output.stdout);
    fleet.run(&["plan", "fleet", "-e", "prod", "--detailed-exitcode"]).exits(0);
}

#[test]
fn validate_checks_every_environment() {
    let fleet = Fleet::new();
    let output = fleet.run(&["validate", "fleet"]).exits(0);
    assert_eq!(output.stdout, "Success! The configuration is valid: 1 object in dev, 1 object in prod.\n");
    fleet.workspace.write("fleet/prod.vars.yaml", "VISIBILITY: secret\n");
    let output = fleet.run(&["validate", "fleet", "--format", "json"]).exits(1);
    for part in ["STAGE", "(environment prod)", "\"error_count\":2"] {
        assert!(output.stdout.replace(' ', "").contains(&part.replace(' ', "")), "{part}: {}", output.stdout);
    }
    fleet.run(&["validate", "fleet", "-e", "dev"]).exits(0);
    fleet.run(&["validate", "fleet", "-e", "prod"]).exits(1);
    // What is wrong everywhere is said once.
    fleet.workspace.write("fleet/web.yaml", &format!("{HEAD}kind: Project\nspec: {{name: web}}\n"));
    let output = fleet.run(&["validate", "fleet"]).exits(1);
    assert_eq!(output.stderr.matches("required field 'product' is missing").count(), 1, "{}", output.stderr);
    let said = |text: &str| {
        fleet.workspace.write("fleet/nautform.yaml", text);
        fleet.run(&["validate", "fleet"]).exits(1).stderr
    };
    let settings = "environments: {dev: {variables: {STAGE: dev}}, prod: {variables: {STAGE: prod}}}\n";
    for (wrong, what) in [
        ("server: {url: 'https://nautes.example:443/'}\n", "have the same server"),
        ("state: {backend: gitlab, name: shop}\n", "have the same state"),
        ("state: {backend: s3, bucket: states, key: shop.json}\n", "have the same state"),
        ("state: {backend: http, address: 'https://states.example/shop'}\n", "have the same state"),
        ("state: {backend: gitlab, name: 'shop-${STAGE}'}\n", "`environments:`"),
    ] {
        let output = said(&format!("{wrong}{settings}"));
        assert!(output.contains(what), "{wrong}{output}");
    }
    assert!(said("environments: {Prod: , prod: }\n").contains("differ in case only"));
}

#[test]
fn state_belongs_to_its_environment() {
    let fleet = Fleet::new();
    fleet.apply("prod");
    let state = fleet.workspace.read(&fleet.state("prod"));
    assert!(state.contains("\"environment\": \"prod\""), "{state}");
    fleet.workspace.write(&fleet.state("dev"), &state);
    for command in COMMANDS.iter().filter(|command| !["force-unlock", "graph", "why"].contains(&command[0])) {
        let output = fleet.run(&[*command, &["-e", "dev"]].concat());
        let text = format!("{}{}", output.stdout, output.stderr);
        let said = "the state is of the environment prod, and dev is chosen";
        assert!(output.code != Some(0) && text.contains(said), "{command:?}: {text}");
    }
    // Not even on purpose, as long as production is declared.
    fleet.run(&["state", "rebind", "-e", "dev", "--dir", "fleet"]).exits(5);
    fleet.workspace.write("pulled.json", &state);
    std::fs::remove_file(fleet.workspace.file(&fleet.state("dev"))).unwrap();
    let output = fleet.run(&["state", "push", "pulled.json", "-e", "dev", "--dir", "fleet"]).exits(1);
    assert!(output.stderr.contains("the environment prod instead of dev"), "{}", output.stderr);
    assert_eq!(fleet.live("dev"), "");
    // Without environments, it is of none that is known.
    fleet.workspace.write("fleet/.nautform/state.json", &state);
    fleet.workspace.write("fleet/nautform.yaml", "fleet: shop\n");
    std::fs::remove_file(fleet.workspace.file("fleet/prod.vars.yaml")).unwrap();
    let url = fleet.prod.clone();
    let vars = ["--var", "STAGE=prod", "--var", "VISIBILITY=private", "--api-server", &url];
    let output = fleet.run(&[&["plan", "fleet"], &vars[..]].concat()).exits(5);
    assert!(output.stderr.contains("and none is declared here"), "{}", output.stderr);
}

#[test]
fn servers_of_other_environments_are_refused() {
    let fleet = Fleet::new();
    let prod = fleet.prod.clone();
    let other = ApiServer::default();
    let elsewhere = other.address();
    for variable in ["NAUTFORM_API_SERVER", "API_SERVER"] {
        let output = fleet.run_with(&["plan", "fleet", "-e", "dev"], &[(variable, &prod)]).exits(5);
        assert!(output.stderr.contains("is that of the environment prod"), "{}", output.stderr);
        let output = fleet.run_with(&["plan", "fleet", "-e", "dev"], &[(variable, &elsewhere)]).exits(5);
        assert!(output.stderr.contains(&format!("help: unset {variable}")), "{}", output.stderr);
    }
    fleet.run(&["plan", "fleet", "-e", "dev", "--api-server", &prod]).exits(5);
    fleet.run(&["plan", "fleet", "-e", "dev", "--api-server", &elsewhere]).exits(0);
    let dev = fleet.dev.clone();
    fleet.run_with(&["plan", "fleet", "-e", "dev"], &[("NAUTFORM_API_SERVER", &dev)]).exits(0);
}

#[test]
fn saved_plans_and_baselines_belong_to_their_environment() {
    let fleet = Fleet::new();
    fleet.run(&["plan", "fleet", "-e", "dev", "--out", "dev.plan"]).exits(0);
    let output = fleet.run(&["apply", "dev.plan", "-e", "prod"]).exits(5);
    let said = "the saved plan is of the environment dev, and prod is chosen";
    assert!(output.stderr.contains(said), "{}", output.stderr);
    let shown = fleet.run(&["show", "dev.plan"]).exits(0);
    assert!(shown.stdout.starts_with("Environment: dev\n"), "{}", shown.stdout);
    fleet.run(&["apply", "dev.plan"]).exits(0);
    assert_eq!(["dev", "prod"].map(|name| fleet.live(name)), ["Product/shop-dev\n", ""]);
    fleet.run(&["drift", "fleet", "-e", "dev", "--baseline", "base.json"]).exits(0);
    let output = fleet.run(&["drift", "fleet", "-e", "prod", "--baseline", "base.json"]).exits(5);
    assert!(output.stderr.contains("the baseline is of the environment dev"), "{}", output.stderr);
}

#[test]
fn outputs_name_the_environment() {
    let fleet = Fleet::new();
    let of = |args: &[&str]| fleet.run(args).exits(0).stdout;
    let json = of(&["plan", "fleet", "-e", "dev", "--format", "json"]);
    assert!(json.contains("\"environment\":\"dev\""), "{json}");
    let note = of(&["plan", "fleet", "-e", "dev", "--format", "markdown"]);
    assert!(note.starts_with("<!-- nautform:plan:shop%40dev -->"), "{note}");
    assert!(of(&["plan", "fleet", "-e", "prod", "--format", "html"]).contains("shop@prod"));
    let events = of(&["plan", "fleet", "-e", "prod", "--format", "ndjson"]);
    assert!(events.contains("\"environment\":\"prod\""), "{events}");
    let metrics = of(&["drift", "fleet", "-e", "dev", "--format", "prometheus"]);
    assert!(metrics.contains("directory=\"shop@dev\""), "{metrics}");
}

/// Before there is a state, the hashes have no key: the environment alone distinguishes them.
#[test]
fn fingerprints_differ_by_environment() {
    let fleet = Fleet::new();
    fleet.workspace.write("fleet/prod.vars.yaml", "STAGE: dev\nVISIBILITY: public\n");
    let fingerprint = |name| {
        let plan = fleet.run(&["plan", "fleet", "-e", name, "--format", "json"]).exits(0).stdout;
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        plan["fingerprint"].as_str().unwrap().to_owned()
    };
    let dev = fingerprint("dev");
    assert_ne!(dev, fingerprint("prod"));
    let agreed = format!("--agreed={dev}");
    fleet.run(&["apply", "fleet", "-e", "prod", "--auto-approve", &agreed]).exits(6);
    fleet.run(&["apply", "fleet", "-e", "dev", "--auto-approve", &agreed]).exits(0);
}

/// The page's session, from its first command to its last.
#[test]
fn page_shows_what_happens() {
    let page = std::fs::read_to_string(crate::support::repository("docs/environments.md")).unwrap();
    let fleet = Fleet::new();
    let urls = [("https://nautes.dev.example.com", &fleet.dev), ("https://nautes.example.com", &fleet.prod)];
    let product = |name: &str, visibility: &str| {
        format!(
            "{HEAD}kind: Product\nspec: {{name: '{name}', git: {{gitlab: {{visibility: '{visibility}'}}}}}}\n"
        )
    };
    std::fs::remove_file(fleet.workspace.file("fleet/prod.vars.yaml")).unwrap();
    fleet.workspace.write("fleet/shop.yaml", &product("shop", "private"));
    fleet.workspace.write("fleet/nautform.yaml", "fleet: shop\n");
    fleet.run(&["apply", "fleet", "--auto-approve", "--api-server", &fleet.prod]).exits(0);
    let (_, settings) = page.split_once("```yaml\n").unwrap();
    let (settings, _) = settings.split_once("```").unwrap();
    let settings = urls.iter().fold(settings.to_owned(), |text, (shown, url)| text.replace(shown, url));
    let lines: Vec<&str> = page.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some(command) = line.strip_prefix("    $ nautform ") else { continue };
        if command.starts_with("validate") {
            fleet.workspace.write("fleet/shop.yaml", &product("shop${SUFFIX}", "${VISIBILITY}"));
            fleet.workspace.write("fleet/nautform.yaml", &settings);
        }
        let block = lines[index + 1..].iter().take_while(|line| line.is_empty() || line.starts_with("    "));
        let block: Vec<&str> = block.take_while(|line| !line.starts_with("    $ ")).copied().collect();
        let shown: Vec<&str> = block.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
        let output = fleet.run(&command.split(' ').collect::<Vec<_>>());
        let said = format!("{}{}", output.stdout, output.stderr);
        let said = urls.iter().fold(said, |text, (shown, url)| text.replace(url.as_str(), shown));
        // The times of an apply differ, and who is asked is said on standard error, too.
        let is_shown = |line: &&str| !line.contains(": Creat") && !line.starts_with("The API server");
        let said: Vec<&str> = said.lines().filter(is_shown).collect();
        assert_eq!(said.join("\n").trim(), shown.join("\n").trim(), "{command}");
    }
}

/// A fleet whose only platform becomes one of two.
#[test]
fn state_of_before_moves_to_an_environment_in_one_step() {
    let fleet = Fleet::new();
    let url = fleet.prod.clone();
    fleet.workspace.write("fleet/nautform.yaml", &format!("fleet: shop\nserver: {{url: '{url}'}}\n"));
    fleet.run(&["apply", "fleet", "--var-file", "fleet/prod.vars.yaml", "--auto-approve"]).exits(0);
    fleet.settings("");
    for name in ["dev", "prod"] {
        let output = fleet.run(&["plan", "fleet", "-e", name]).exits(5);
        assert!(output.stderr.contains("nautform state rebind -e NAME"), "{}", output.stderr);
    }
    // It was applied to production.
    fleet.run(&["state", "rebind", "-e", "dev", "--dir", "fleet"]).exits(5);
    let output = fleet.run(&["state", "rebind", "-e", "prod", "--dir", "fleet"]).exits(0);
    assert!(output.stderr.contains("The state is now that of the environment prod"), "{}", output.stderr);
    let output = fleet.run(&["plan", "fleet", "-e", "prod", "--detailed-exitcode"]).exits(0);
    assert!(output.stdout.contains("No changes."), "{}", output.stdout);
    fleet.run(&["plan", "fleet", "-e", "dev"]).exits(0);
}
