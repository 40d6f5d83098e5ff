//! Values that must not be shown although their field is not a secret: where they are, and how they get there.

use crate::model::encoding::hex;

use super::{Map, Path, Secret, Segment, Value};

impl Value {
    /// The text, secret or not. It may go into a request body, a comparison or a keyed hash, and nowhere else.
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::String(text) => text,
            Self::Secret(secret) => secret.expose(),
            _ => "",
        }
    }

    /// Visits all secrets and their places.
    pub(crate) fn each_secret(&self, path: &mut Path, visit: &mut dyn FnMut(&Path, &Secret)) {
        let mut inside = |segment, value: &Self| {
            path.push(segment);
            value.each_secret(path, visit);
            path.pop();
        };
        match self {
            Self::Secret(secret) => visit(path, secret),
            Self::Map(map) => {
                map.iter().for_each(|(name, value)| inside(Segment::Name(*name), value));
            }
            Self::List(items) => {
                items.iter().enumerate().for_each(|(index, value)| inside(Segment::Index(index), value));
            }
            Self::Null | Self::Bool(_) | Self::String(_) => {}
        }
    }

    /// All secrets.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let mut found = Vec::new();
        self.collect_secrets(&mut found);
        found
    }

    fn collect_secrets(&self, found: &mut Vec<Secret>) {
        match self {
            Self::Secret(secret) => found.push(secret.clone()),
            Self::Map(map) => map.iter().for_each(|(_, value)| value.collect_secrets(found)),
            Self::List(items) => items.iter().for_each(|value| value.collect_secrets(found)),
            Self::Null | Self::Bool(_) | Self::String(_) => {}
        }
    }

    /// Where secrets are in it.
    pub(crate) fn secret_paths(&self) -> Vec<Path> {
        let mut found = Vec::new();
        self.each_secret(&mut Path::root(), &mut |path, _| found.push(path.clone()));
        found
    }

    /// Whether a secret is anywhere in it.
    pub(crate) fn holds_secret(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::List(items) => items.iter().any(Self::holds_secret),
            Self::Map(map) => map.iter().any(|(_, value)| value.holds_secret()),
            Self::Null | Self::Bool(_) | Self::String(_) => false,
        }
    }

    /// Makes secrets of the texts at a path; of a list, in all items, since they may have another order.
    pub(crate) fn conceal(&mut self, path: &[Segment]) {
        match (path.split_first(), self) {
            (None, value) => {
                if let Self::String(text) = value {
                    *value = Self::Secret(Secret::new(text.to_string()));
                }
            }
            (Some((Segment::Name(name), rest)), Self::Map(map)) => {
                map.get_mut(name).into_iter().for_each(|value| value.conceal(rest));
            }
            (Some((Segment::Index(_), rest)), Self::List(items)) => {
                items.iter_mut().for_each(|item| item.conceal(rest));
            }
            _ => {}
        }
    }

    /// Puts a value at a path, inside of maps that are made where there are none.
    pub(crate) fn put(&mut self, path: &[Segment], value: Self) {
        match (path.split_first(), self) {
            (None, place) => *place = value,
            (Some((Segment::Index(index), rest)), Self::List(items)) => {
                items.get_mut(*index).into_iter().for_each(|item| item.put(rest, value.clone()));
            }
            (Some((Segment::Index(_), _)), _) => {}
            (Some((Segment::Name(name), rest)), place) => {
                if place.as_map().is_none() {
                    *place = Self::Map(Map::new());
                }
                let map = place.as_map_mut().expect("it was made above");
                let mut inner = map.remove(name).unwrap_or_default();
                inner.put(rest, value);
                map.insert(*name, inner);
            }
        }
    }

    /// The whole value as one secret, for a keyed hash: the same whether its texts are secrets or not.
    pub(crate) fn digestible(&self) -> Secret {
        let mut bytes = Vec::new();
        self.feed(&mut |piece| bytes.extend_from_slice(piece));
        Secret::new(hex(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> Path {
        text.parse().unwrap()
    }

    #[test]
    fn concealed_texts_are_secrets_in_every_item_of_a_list() {
        let plain = json!({"hooks": [{"name": "a", "vars": {"t": "x"}}, {"name": "b", "vars": {"t": "y", "u": "z"}}]});
        let plain = Value::from_json(plain);
        let mut value = plain.clone();
        value.conceal(path("hooks[0].vars.t").segments());
        value.conceal(path("hooks[0].none.t").segments());
        let shown = json!({"hooks": [{"name": "a", "vars": {}}, {"name": "b", "vars": {"u": "z"}}]});
        assert_eq!(value.to_json(), shown);
        let exposed: Vec<String> = value.secrets().iter().map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(exposed, ["x", "y"]);
        assert!(value.holds_secret() && !plain.holds_secret());
        assert_eq!(value.digestible(), plain.digestible());
        for (index, text) in exposed.into_iter().enumerate() {
            let place = format!("hooks[{index}].vars.t");
            value.put(path(&place).segments(), Value::text(text));
        }
        assert_eq!(value, plain);
    }
}
