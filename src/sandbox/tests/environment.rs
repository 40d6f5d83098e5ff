//! Environments, and when their clusters can be seen (§4.3).

use std::time::Duration;

use serde_json::json;

use super::{Fixture, answer, failure, shop, worker};
use crate::sandbox::Options;

/// §4.3: an environment's cluster must be known to Kubernetes, and be used once per product.
#[test]
fn environments() {
    let mut fixture = Fixture::full();
    let save = |fixture: &mut Fixture, name: &str, cluster: &str| {
        answer(
            &fixture
                .post(&shop(&format!("environments/{name}")), &json!({"cluster": cluster, "env_type": "x"})),
        )
    };
    assert_eq!(
        save(&mut fixture, "new", "none"),
        "500  during global validation, it was found that Cluster 'none' does not exist or is unavailable. \
         Please check Environment 'new' in directory 'envs'err: clusters.nautes.resource.nautes.io \"none\" \
         not found"
    );
    assert_eq!(
        save(&mut fixture, "again", "deploy"),
        "500  duplicate reference cluster resources sbetween resource again and resource dev"
    );
    fixture.put("/api/v1/clusters/spare", &worker("deployment"));
    assert_eq!(save(&mut fixture, "dev", "spare"), "ok", "the cluster may be changed");
    assert_eq!(save(&mut fixture, "new", "deploy"), "ok");
    let swapped = save(&mut fixture, "dev", "deploy");
    assert!(swapped.contains("duplicate reference"), "{swapped}: swapping needs an intermediate cluster");
    fixture.put("/api/v1/products/other", &json!({"git": {}}));
    fixture.put("/api/v1/products/other/environments/dev", &json!({"cluster": "spare", "env_type": "x"}));
}

/// §4.3, §5: Kubernetes sees a cluster later than git has it, and keeps seeing a deleted one for a while.
#[test]
fn clusters_become_visible_later() {
    let mut fixture = Fixture::with(Options { sync_lag: Duration::from_secs(5), ..Options::default() });
    fixture.put("/api/v1/products/shop", &json!({"git": {}}));
    fixture.put("/api/v1/clusters/c", &worker("deployment"));
    assert_eq!(fixture.read("/api/v1/clusters/c")["name"], "c", "GET reads git");
    let environment = json!({"cluster": "c", "env_type": "x"});
    assert!(
        failure(&fixture.post(&shop("environments/e"), &environment))
            .contains("Cluster 'c' does not exist or is unavailable")
    );
    fixture.now += 4999;
    assert_eq!(fixture.post(&shop("environments/e"), &environment).status, 500);
    fixture.now += 1;
    fixture.put(&shop("environments/e"), &environment);
    fixture.remove("/api/v1/clusters/c");
    fixture.put(&shop("projects/p"), &json!({}));
    fixture.now += 5000;
    assert_eq!(fixture.post(&shop("projects/q"), &json!({})).status, 500, "§11 item 14");
}
