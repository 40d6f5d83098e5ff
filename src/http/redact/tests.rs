use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::spelling::LOOKED_AT;
use super::*;

const TOKEN: &str = "glpat-Invented_token.42";

fn words(text: &str) -> String {
    let token = Secret::new(TOKEN.to_owned());
    Redactor::new([&token]).text(text).into_owned()
}

#[test]
fn users_and_passwords_of_urls_are_removed() {
    let all = [
        "fatal: could not set 'remote.origin.url' to 'http://root:hunter2@gitlab.example.com/a/b.git'\n",
        "HTTPS://hunter2@host:8443/x and ssh://root:hunter2@host",
        "//root:p%40ss%2Fword@host, //a:p@ss@host/c@d",
        "https://root:it's@[::1]:80/x?y=z@w",
        r#"{"message":"{\"message\":\"to 'http:\\/\\/root:hun\\u0026ter2@host\\/a@b'\\n\"}"}"#,
        "http:///root:hunter2@host",
        "postgres://root:\u{fc}ber@host",
    ];
    insta::assert_snapshot!(all.map(words).join("\n"), @r#"
    fatal: could not set 'remote.origin.url' to 'http://(redacted)@gitlab.example.com/a/b.git'

    HTTPS://(redacted)@host:8443/x and ssh://(redacted)@host
    //(redacted)@host, //(redacted)@host/c@d
    https://(redacted)@[::1]:80/x?y=z@w
    {"message":"{\"message\":\"to 'http:\\/\\/(redacted)@host\\/a@b'\\n\"}"}
    http:///(redacted)@host
    postgres://(redacted)@host
    "#);
}

#[test]
fn what_is_not_a_credential_stays() {
    for text in [
        "http://host:8080/a@b and http://host?c=a@b and http://host#a@b",
        "mail root@example.com or git@host:group/project.git, ssh://git@host/group/project.git",
        r#"{"url":"http://host","mail":"a@b","next":"http:\/\/host\/a@b"}"#,
        r#"{"message":"see http://host\nor root@host\\nor http:\/\/h\n a@b"}"#,
        "// a@b, http:// a@b, /a/b@c, //@host",
        "no token at all: glpat-Invented",
        "",
    ] {
        assert_eq!(words(text), text);
    }
}

#[test]
fn a_token_is_removed_in_every_spelling() {
    let token = Secret::new("a/b+c \"d\"&e\\f\u{fc}<g>".to_owned());
    let redactor = Redactor::new([&token]);
    let text = token.expose();
    let go = r#"a/b+c \"d\"\u0026e\\f\u00fc\u003cg\u003e"#;
    for spelling in [
        text.to_owned(),
        serde_json::to_string(text).unwrap(),
        serde_json::to_string(&serde_json::to_string(text).unwrap()).unwrap(),
        go.to_owned(),
        go.replace('/', r"\/"),
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20"),
        STANDARD.encode(text),
        STANDARD.encode(format!("user:{text}")).replace('/', r"\/"),
        URL_SAFE_NO_PAD.encode(format!("a:{text}:b")),
    ] {
        let shown = redactor.text(&format!("got {spelling} from you")).into_owned();
        assert!(!shown.contains(&spelling[1..spelling.len() - 1]), "{spelling}: {shown}");
        assert!(shown.starts_with("got ") && shown.ends_with(" from you"), "{shown}");
    }
}

#[test]
fn a_token_that_is_broken_into_lines_is_removed() {
    for text in [
        "glpat-Inven\nted_token.42",
        "glpat-Inven\r\n  ted_to\n\tken.42",
        r"glpat-Inven\nted_token.42",
        r"glpat-Inven\r\nted_token.42",
    ] {
        assert_eq!(words(&format!("got {text}.")), "got (redacted).", "{text}");
    }
    let base64 = STANDARD.encode(format!("root:{TOKEN}"));
    let shown = words(&format!("{}\n{}", &base64[..20], &base64[20..]));
    assert!(!shown.contains(&base64[20..]), "{shown}");
}

#[test]
fn secrets_of_several_lines_are_removed() {
    let text = "one-invented\n\n  two\tinvented\r\nthree";
    let redactor = Redactor::new([&Secret::new(format!("{text}\n"))]);
    let json = "one-invented\\n\\n  two\\tinvented\\r\\nthree";
    let in_json = json.replace('\\', "\\\\");
    let indented = "one-invented\n\n      two\tinvented\n    three";
    for said in [text, json, &in_json, indented] {
        assert_eq!(redactor.text(&format!("got {said}, bad")), "got (redacted), bad", "{said:?}");
    }
}

#[test]
fn tokens_of_others_are_removed() {
    for token in [
        "glpat-aBcDeFgHiJkLmNoPqRsT",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_11ABCDEFG0123456789_abcdef",
        "AKIAIOSFODNN7EXAMPLEX",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
    ] {
        assert_eq!(words(&format!("PRIVATE-TOKEN: {token}, next")), "PRIVATE-TOKEN: (redacted), next");
    }
    assert_eq!(
        words("glpat-short and ghp_x, beyJhbGciOiJIUzI1NiJ9aaa"),
        "glpat-short and ghp_x, beyJhbGciOiJIUzI1NiJ9aaa"
    );
}

#[test]
fn parts_of_long_secrets_are_removed() {
    let long = Secret::new((0..40).map(|n| format!("{n:02}abCD")).collect());
    let redactor = Redactor::new([&long]);
    let part = &long.expose()[7..90];
    assert_eq!(redactor.text(&format!("body: {part}...")), "body: (redacted)...");
}

#[test]
fn redacting_takes_linear_time() {
    let token = Secret::new(TOKEN.to_owned());
    let redactor = Redactor::new([&token]);
    let base64 = STANDARD.encode(TOKEN);
    for part in ["\\", "%25", "//", "g", "glpat-Invented", &base64[..20], &base64, "\n", "@", "eyJ"] {
        let work = |length: usize| {
            let before = LOOKED_AT.get();
            redactor.text(&part.repeat(length / part.len()));
            LOOKED_AT.get() - before
        };
        let few = work(20_000);
        let many = work(160_000);
        assert!(many <= 9 * few + 1000, "{part:?}: {few}, {many}");
    }
}

#[test]
fn redacting_takes_no_longer_with_many_secrets() {
    let kubeconfig = |number: usize| Secret::new(format!("apiVersion: v1\nkind: Config\nname: c{number:04}"));
    let text =
        format!("a name: a apiVersion: v1 kind: Config {}", STANDARD.encode("apiVersion: v1")).repeat(20);
    let work = |count: usize| {
        let secrets: Vec<Secret> = (0..count).map(kubeconfig).collect();
        let redactor = Redactor::new(&secrets);
        let before = LOOKED_AT.get();
        assert_eq!(redactor.text(&text), text);
        LOOKED_AT.get() - before
    };
    assert!(work(1_000) <= work(10) + 100);
}

#[test]
fn the_longest_of_the_secrets_that_begin_alike_is_removed() {
    let secrets =
        ["invented-1", "invented-1234", "invented-12", "invented-2"].map(|text| Secret::new(text.into()));
    let redactor = Redactor::new(&secrets[..2]).with(&secrets[1..]);
    let text = "a invented-12345, invented-1, invented-2!, invented-%312, invented-3";
    let shown = "a (redacted)5, (redacted), (redacted)!, (redacted), invented-3";
    assert_eq!(redactor.text(text), shown);
    let encoded = STANDARD.encode("invented-1234:x");
    assert_eq!(redactor.text(&format!("Basic {encoded}.")), "Basic (redacted).");
}

#[test]
fn short_secrets_would_be_found_in_words() {
    let short = Secret::new("sandbox".to_owned());
    let missing = Secret::missing("not here");
    assert_eq!(Redactor::new([&short, &missing]).text("a sandbox"), "a sandbox");
}

#[test]
fn redactor_keeps_url_users_in_data_and_clean_bytes() {
    let token = Secret::new(TOKEN.to_owned());
    let redactor = Redactor::new([&token]);
    let data = |text: &'static [u8]| redactor.data(Bytes::from_static(text));
    assert_eq!(data(b"http://a:b@host"), b"http://a:b@host"[..]);
    assert_eq!(data(b"glpat-Invented_token.42"), b"(redacted)"[..]);
    assert_eq!(data(b"\xff"), b"\xff"[..]);
    assert_eq!(redactor.body(Bytes::from_static(b"\xff http://host")), b"\xff http://host"[..]);
}

/// The characters of a text as they are, as JSON or as URLs write them.
fn spelled_out(text: &str, choices: &[u8]) -> String {
    let spell = |(c, choice): (char, &u8)| match choice % 4 {
        0 => format!("%{:02x}", u32::from(c)),
        1 => format!("%{:02X}", u32::from(c)),
        2 => format!("\\u{:04x}", u32::from(c)),
        _ => c.to_string(),
    };
    text.chars().zip(choices.iter().cycle()).map(spell).collect()
}

proptest! {
    #[test]
    fn the_token_never_survives(
        token in "[!-~]{8,40}",
        before in "\\PC{0,20}",
        after in "\\PC{0,20}",
        choices in proptest::collection::vec(0u8..8, 1..8),
        more in proptest::collection::vec("[!-~]{0,4}", 0..4),
    ) {
        // Others that begin alike.
        let others = more.iter().map(|more| format!("{token}{more}")).chain([token[..8].to_owned(), token.clone()]);
        let secrets: Vec<Secret> = others.map(Secret::new).collect();
        let redactor = Redactor::new(&secrets);
        let base64 = STANDARD.encode(format!("{before}{token}{after}"));
        let percent: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        let spelled = spelled_out(&token, &choices);
        for spelling in [&token, &base64, &percent, &spelled] {
            let text = format!("{before} {spelling}{after}//{before}{spelling}@{after}{spelling}{spelling}");
            let shown = redactor.text(&text);
            prop_assert!(!shown.contains(spelling.as_str()), "{spelling} in {shown}");
        }
    }
}
