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

/// The one candidate that a word must mean: it differs in nothing but case, '-' and '_', or in a slip of the
/// pen that makes it like no other candidate.
pub(crate) fn unmistakable<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Shorter words are near too many others.
    const SHORT: usize = 5;
    /// How many letters may be wrong, and how many more in any other candidate.
    const SLIPS: usize = 2;
    let letters = |word: &str| word.replace(['-', '_'], "").to_ascii_lowercase();
    let written = letters(word);
    let distance = |candidate| strsim::osa_distance(&written, &letters(candidate));
    let mut all: Vec<_> = candidates.into_iter().map(|candidate| (distance(candidate), candidate)).collect();
    all.sort_unstable();
    all.dedup();
    let most = if written.len() < SHORT { 1 } else { SLIPS };
    match all.as_slice() {
        [(0, _), (0, _), ..] => None,
        [(0, only), ..] => Some(only),
        [(slips, _), (next, _), ..] if next - slips < SLIPS => None,
        [(slips, only), ..] if *slips <= most && written.len() > most * 2 => Some(only),
        _ => None,
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

    #[test]
    fn only_one_candidate_is_unmistakable() {
        let all = ["httpNodePort", "httpsNodePort", "language", "name", "host"];
        let of = |word| unmistakable(word, all);
        assert_eq!(of("http_node_port"), Some("httpNodePort"));
        assert_eq!(of("Language"), Some("language"));
        assert_eq!(of("langauge"), Some("language"));
        assert_eq!(of("nme"), Some("name"));
        assert_eq!(of("httNodePort"), None, "it is near two");
        assert_eq!(of("hme"), None);
        assert_eq!(of("lan"), None);
        assert_eq!(of("x"), None);
    }
}
