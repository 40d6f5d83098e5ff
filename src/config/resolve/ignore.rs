//! `ignore:` rules of `nautform.yaml`: fields of many objects that are neither compared nor changed. Pure.
//!
//! They become what `nautform.dev/ignore-fields` is in a manifest. The settings' reader has warned of rules
//! that have expired.

use jiff::civil::Date;

use crate::config::settings::FieldRule;

use super::model::Configuration;

/// Adds the fields of the rules to what each object ignores.
pub fn ignore(configuration: &mut Configuration, rules: &[FieldRule], today: Date) {
    for rule in rules.iter().filter(|rule| !rule.is_expired(today)) {
        let all = configuration.resources.values_mut();
        for resource in all.filter(|resource| rule.address.matches(&resource.address)) {
            let ignored = &mut resource.annotations.ignore_fields;
            for path in rule.paths(resource.address.kind()) {
                if !ignored.contains(&path) {
                    ignored.push(path);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::{LoadOptions, Manifests};
    use crate::config::resolve::resolve_manifests;

    const MANIFEST: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Product\n\
        spec: {name: shop, git: {gitlab: {visibility: private}}}\n";

    fn ignored(address: &str, until: Date) -> Vec<String> {
        let mut manifests = Manifests::default().load_text("a.yaml", MANIFEST, &LoadOptions::default());
        let mut configuration = resolve_manifests(&mut manifests);
        let rule = FieldRule {
            address: address.parse().unwrap(),
            fields: vec!["git.gitlab.description".to_owned()],
            reason: None,
            until: Some(until),
            span: None,
        };
        ignore(&mut configuration, &[rule], jiff::civil::date(2026, 11, 24));
        let resource = configuration.resources.into_values().next().unwrap();
        resource.annotations.ignore_fields.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ignore_rule_holds_on_its_last_day_for_matching_objects() {
        let last = jiff::civil::date(2026, 11, 24);
        assert_eq!(ignored("Product/*", last), ["git.gitlab.description"]);
        assert_eq!(ignored("Product/*", last.yesterday().unwrap()), [""; 0]);
        assert_eq!(ignored("Product/other", last), [""; 0]);
    }
}
