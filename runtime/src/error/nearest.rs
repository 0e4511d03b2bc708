//! "Did you mean …": the known names that come closest to one that is not known.

/// Below this similarity (0 to 1) a name is no suggestion but noise.
const SIMILAR: f64 = 0.72;
/// A name that much less similar than the best one is not what was meant.
const BEHIND: f64 = 0.08;
/// More suggestions than this are a list, not a hint.
const SUGGESTIONS: usize = 3;

/// The names closest to `name`, best first; none if nothing resembles it.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (similarity(name, candidate), candidate))
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    scored
        .into_iter()
        .take_while(|(score, _)| *score >= best - BEHIND)
        .take(SUGGESTIONS)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

fn similarity(name: &str, candidate: &str) -> f64 {
    let name = name.to_lowercase();
    // `v_leak` for `leak_v_leak`: part of the chip's name is the likeliest slip.
    if name.len() >= 3 && candidate.contains(&name) {
        return 1.0;
    }
    strsim::normalized_damerau_levenshtein(&name, candidate)
        .max(strsim::jaro_winkler(&name, candidate) - 0.1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["leak_v_leak", "leak_i_bias", "reset_v_reset"];
        assert_eq!(nearest("leak_v_leek", known), ["leak_v_leak"]);
        assert_eq!(nearest("v_leak", known), ["leak_v_leak"]);
        assert_eq!(nearest("Reset_V_Reset", known), ["reset_v_reset"]);
        assert!(nearest("cm", known).is_empty());
    }
}
