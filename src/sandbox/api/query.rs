//! Query parameters (§1.2): what is honoured, how it is spelled, how it fails.

use crate::sandbox::api::ApiError;

/// The skip flag as one kind spells it.
#[derive(Clone, Copy)]
pub(crate) struct SkipFlag {
    /// The proto field name, quoted in errors.
    pub(crate) proto: &'static str,
    /// All accepted spellings.
    pub(crate) spellings: &'static [&'static str],
}

/// Cluster, CodeRepoBinding, PPR: the camelCase spelling is silently ignored.
pub(crate) const SNAKE: SkipFlag =
    SkipFlag { proto: "insecure_skip_check", spellings: &["insecure_skip_check"] };
/// Environment, CodeRepo, DR: the proto name is camelCase, its json_name is snake_case.
pub(crate) const CAMEL: SkipFlag =
    SkipFlag { proto: "insecureSkipCheck", spellings: &["insecure_skip_check", "insecureSkipCheck"] };
/// Project: a snake_case proto name with the default json_name.
pub(crate) const BOTH: SkipFlag =
    SkipFlag { proto: "insecure_skip_check", spellings: &["insecure_skip_check", "insecureSkipCheck"] };

/// The decoded query, in order.
#[derive(Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn parse(query: &str) -> Query {
        let pairs =
            url::form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned()));
        Query { pairs: pairs.collect() }
    }

    /// The skip flag's value; 400 `CODEC` if it is not a Go boolean or given twice.
    pub(crate) fn skip(&self, flag: SkipFlag) -> Result<bool, ApiError> {
        let mut skip = false;
        for spelling in flag.spellings {
            if let Some(value) = self.value(spelling, flag.proto)? {
                skip = parse_bool(value, flag.proto)?;
            }
        }
        Ok(skip)
    }

    /// `field_selector` of a LIST; only the snake_case spelling counts.
    pub(crate) fn field_selector(&self) -> Result<Option<&str>, ApiError> {
        self.value("field_selector", "field_selector")
    }

    /// Keys that reach into the request message, e.g. `body.cluster_kind`, with the part after the prefix.
    pub(crate) fn overrides<'a>(
        &'a self,
        prefix: &'static str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.pairs
            .iter()
            .filter_map(move |(key, value)| key.strip_prefix(prefix).map(|rest| (rest, value.as_str())))
    }

    /// The value of a parameter, unless it is empty; `field` is its name in errors.
    fn value(&self, key: &str, field: &str) -> Result<Option<&str>, ApiError> {
        let values: Vec<&str> =
            self.pairs.iter().filter(|(k, _)| k == key).map(|(_, v)| v.as_str()).collect();
        if values.len() > 1 {
            let all = values.join(", ");
            return Err(ApiError::codec(format!("too many values for field \"{field}\": {all}")));
        }
        Ok(values.first().copied().filter(|value| !value.is_empty()))
    }
}

/// A boolean among the parameters or in the place of a body's.
pub(crate) fn parse_bool(value: &str, field: &str) -> Result<bool, ApiError> {
    go_bool(value).ok_or_else(|| {
        ApiError::codec(format!(
            "parsing field \"{field}\": strconv.ParseBool: parsing \"{value}\": invalid syntax"
        ))
    })
}

/// Go's `strconv.ParseBool`.
pub(crate) fn go_bool(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
