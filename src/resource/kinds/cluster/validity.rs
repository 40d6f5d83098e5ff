//! Until when a kubeconfig works: its certificates, and a token that says so itself. Nothing else of it is
//! looked at, and nothing of it is kept.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value as Json;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::resource::schema::Expiry;

/// The parts that the current context uses; all, if it is not known.
pub(super) fn of_kubeconfig(text: &str) -> Vec<Expiry> {
    let Ok(kubeconfig) = serde_yaml::from_str::<Json>(text.trim_start_matches('\u{feff}')) else {
        return Vec::new();
    };
    let current = kubeconfig["current-context"].as_str();
    let mut contexts = kubeconfig["contexts"].as_array().into_iter().flatten();
    let context = contexts.find(|context| current.is_some() && context["name"].as_str() == current);
    let used = |field: &str| context.and_then(|context| context["context"][field].as_str());
    let mut found = Vec::new();
    for cluster in named(&kubeconfig, "clusters", used("cluster")) {
        // Of several authorities, the last one to expire counts.
        let all = certificates(&cluster["cluster"]["certificate-authority-data"]);
        found.extend(all.into_iter().max().map(|until| Expiry { what: "the certificate authority", until }));
    }
    for user in named(&kubeconfig, "users", used("user")) {
        let user = &user["user"];
        // The first one is the user's own.
        let first = certificates(&user["client-certificate-data"]).into_iter().next();
        found.extend(first.map(|until| Expiry { what: "the client certificate", until }));
        let token = user["token"].as_str().and_then(end_of_token);
        found.extend(token.map(|until| Expiry { what: "the token", until }));
    }
    found
}

/// The entries of a list with this name; all, if there is none.
fn named<'k>(kubeconfig: &'k Json, list: &str, name: Option<&str>) -> Vec<&'k Json> {
    let all = || kubeconfig[list].as_array().into_iter().flatten();
    let found: Vec<&Json> = all().filter(|entry| name.is_some() && entry["name"].as_str() == name).collect();
    if found.is_empty() { all().collect() } else { found }
}

/// Until when each of the certificates is valid.
fn certificates(data: &Json) -> Vec<Timestamp> {
    let text: String = data.as_str().unwrap_or_default().split_whitespace().collect();
    let Ok(pem) = STANDARD.decode(text) else { return Vec::new() };
    CertificateDer::pem_slice_iter(&pem).filter_map(|der| end_of_certificate(&der.ok()?)).collect()
}

fn end_of_certificate(der: &[u8]) -> Option<Timestamp> {
    let certificate = Certificate::from_der(der).ok()?;
    let until = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    Timestamp::from_second(i64::try_from(until.as_secs()).ok()?).ok()
}

/// The `exp` of a JSON web token.
fn end_of_token(token: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(token.trim().split('.').nth(1)?).ok()?;
    let claims: Json = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims["exp"].as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRED: &str = include_str!("../../../../testdata/tls/expired.pem");
    const VALID: &str = include_str!("../../../../testdata/tls/valid.pem");

    fn found(kubeconfig: &Json) -> Vec<String> {
        let all = of_kubeconfig(&kubeconfig.to_string());
        all.iter().map(|expiry| format!("{} {}", expiry.what, expiry.until.strftime("%F"))).collect()
    }

    /// A token with these claims.
    fn token(claims: &str) -> String {
        format!("eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn certificates_and_tokens_have_an_end() {
        let pem = |text: &str| STANDARD.encode(text);
        let mut kubeconfig = serde_json::json!({
            "clusters": [
                {"name": "a", "cluster": {"certificate-authority-data": pem(&format!("{EXPIRED}{VALID}"))}},
                {"name": "b", "cluster": {"certificate-authority-data": pem(EXPIRED)}}
            ],
            "users": [
                {"name": "a", "user": {"client-certificate-data": pem(&format!("{EXPIRED}{VALID}"))}},
                {"name": "b", "user": {"token": token("{\"exp\": 1893456000}")}}
            ],
            "contexts": [{"name": "x", "context": {"cluster": "a", "user": "b"}}],
            "current-context": "x"
        });
        assert_eq!(found(&kubeconfig), ["the certificate authority 2099-12-31", "the token 2030-01-01"]);
        kubeconfig["current-context"] = "unknown".into();
        assert_eq!(
            found(&kubeconfig),
            [
                "the certificate authority 2099-12-31",
                "the certificate authority 2020-02-01",
                "the client certificate 2020-02-01",
                "the token 2030-01-01"
            ]
        );
        kubeconfig["contexts"] = Json::Null;
        assert_eq!(found(&kubeconfig).len(), 4);
    }

    #[test]
    fn what_has_no_end_is_passed_over() {
        for user in [
            serde_json::json!({"token": "opaque"}),
            serde_json::json!({"token": token("{}")}),
            serde_json::json!({"token": token("{\"exp\": 1e300}")}),
            serde_json::json!({"token": "a.!.b"}),
            serde_json::json!({"client-certificate-data": "AAAA"}),
            serde_json::json!({"client-certificate-data": STANDARD.encode("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}),
            serde_json::json!({"exec": {"command": "x"}}),
            Json::Null,
        ] {
            let kubeconfig = serde_json::json!({"clusters": [{}], "users": [{"name": "a", "user": user}]});
            assert_eq!(found(&kubeconfig), [""; 0]);
        }
        assert_eq!(of_kubeconfig("a: ["), []);
    }
}
