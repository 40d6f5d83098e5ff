//! All settings of `nautform.yaml`, as lines for people, from the table that decodes them.

use crate::config::settings::keys::{KEYS, Key, Type};

use super::Field;

/// Every setting below `prefix`, by its path: `server.url`, `moved[].from`. All of them if it is empty.
pub fn settings(prefix: &str) -> Vec<Field> {
    let mut all = Vec::new();
    add(KEYS, "", &mut all);
    let is_below = |name: &str| {
        let rest = name.strip_prefix(prefix);
        prefix.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    all.retain(|field: &Field| is_below(&field.name));
    all
}

fn add(keys: &[Key], above: &str, all: &mut Vec<Field>) {
    for key in keys {
        let name = format!("{above}{}", key.name);
        let required = if key.required { " -required-" } else { "" };
        let ty = format!("<{}>{required}", word(&key.ty));
        all.push(Field::new(name.as_str(), ty, key.doc));
        match &key.ty {
            Type::Mapping(inner) => add(inner, &format!("{name}."), all),
            Type::Named(inner) => add(inner, &format!("{name}.NAME."), all),
            Type::List(Type::Mapping(inner)) => add(inner, &format!("{name}[]."), all),
            _ => {}
        }
    }
}

fn word(ty: &Type) -> String {
    match ty {
        Type::Text => "text".to_owned(),
        Type::Url { .. } => "URL".to_owned(),
        Type::Label => "name".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::Word(words) => words.join(" | "),
        Type::Number(range) => format!("number, {} to {}", range.start(), range.end()),
        Type::Duration { .. } => "duration: 90s, 5m, 1h30m".to_owned(),
        Type::Share => "percents: 30%".to_owned(),
        Type::Date => "date: 2027-01-31".to_owned(),
        Type::Address => "address".to_owned(),
        Type::Pattern => "address with *".to_owned(),
        Type::Mapping(_) => "mapping".to_owned(),
        Type::Named(_) => "mapping by name".to_owned(),
        Type::Variables => "mapping of variables".to_owned(),
        Type::List(item) => format!("list of {}", word(item)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_listed_by_path() {
        let names =
            |prefix| -> Vec<String> { settings(prefix).into_iter().map(|field| field.name).collect() };
        assert_eq!(names("moved"), ["moved", "moved[].from", "moved[].to"]);
        assert!(names("").contains(&"state.lockAddress".to_owned()), "{:?}", names(""));
        assert!(names("sever").is_empty());
        assert_eq!(settings("apply.syncTimeout")[0].ty, "<duration: 90s, 5m, 1h30m>");
    }
}
