//! Suggestions for misspelt names: "did you mean 'x'?".

/// Names are near from this Jaro-Winkler similarity on: one or two letters differ in a name of usual length.
const NEAR: f64 = 0.8;

/// The candidate nearest to what was written, if one is near.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(nearness, _)| *nearness > NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// "did you mean 'x'?" if a candidate is near, else `introduction` and all candidates: "known fields: a, b".
pub(crate) fn suggestion<'a, I>(word: &str, introduction: &str, candidates: I) -> String
where
    I: IntoIterator<Item = &'a str> + Clone,
{
    match nearest(word, candidates.clone()) {
        Some(near) => did_you_mean(near),
        None => format!("{introduction}{}", candidates.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// The question itself.
pub(crate) fn did_you_mean(near: &str) -> String {
    format!("did you mean '{near}'?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestion_names_the_nearest_or_all() {
        let of = |word| suggestion(word, "known fields: ", ["language", "name"]);
        assert_eq!(of("Langage"), "did you mean 'language'?");
        assert_eq!(of("x"), "known fields: language, name");
    }
}
