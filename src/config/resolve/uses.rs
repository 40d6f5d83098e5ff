//! Variables without a value, which a fleet may use at a hundred places.

use std::collections::HashMap;

use crate::model::diagnostic::{Diagnostic, Diagnostics};

/// A variable that has no value is reported once, at its first place, with the number of its uses.
pub(crate) fn gather(diagnostics: &mut Diagnostics) {
    let is_one =
        |diagnostic: &Diagnostic| ["undefined-variable", "unfilled-placeholder"].contains(&diagnostic.code.0);
    let mut uses: HashMap<String, usize> = HashMap::new();
    diagnostics.retain(|diagnostic| {
        if !is_one(diagnostic) {
            return true;
        }
        let number = uses.entry(diagnostic.message.clone()).or_default();
        *number += 1;
        *number == 1
    });
    diagnostics.for_each(|diagnostic| {
        let number = uses.get(&diagnostic.message).copied().filter(|number| *number > 1);
        if let Some(number) = number.filter(|_| is_one(diagnostic)) {
            diagnostic.message.push_str(&format!(", here and at {}", others(number - 1)));
        }
    });
}

fn others(number: usize) -> String {
    if number == 1 { "1 other place".to_owned() } else { format!("{number} other places") }
}

#[cfg(test)]
mod tests {
    use crate::config::load::{LoadOptions, Manifests};

    #[test]
    fn variables_without_a_value_are_reported_once() {
        let document = |name: &str| {
            format!(
                "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Project\nspec: {{name: {name}, product: \"${{P}}\", language: \"${{L}}\"}}\n"
            )
        };
        let text = ["a", "b", "c"].map(document).join("---\n");
        let mut found = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default()).diagnostics;
        assert_eq!(found.iter().len(), 6);
        super::gather(&mut found);
        let messages: Vec<&str> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "variable 'P' is not defined, here and at 2 other places",
                "variable 'L' is not defined, here and at 2 other places"
            ]
        );
    }
}
