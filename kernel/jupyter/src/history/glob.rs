//! Patterns of history searches: `*` is any text, `?` one character, the rest itself.

/// Tells whether the whole text fits the pattern.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut place) = (0, 0);
    // The last `*` and where its text ended when it was last tried: a later `*`
    // never needs an earlier one to try again, so this takes no exponential time.
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(one) if *one == '?' || *one == text[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((star_at, tried)) = star else {
                    return false;
                };
                star = Some((star_at, tried + 1));
                at = star_at + 1;
                place = tried + 1;
            }
        }
    }
    pattern[at..].iter().all(|one| *one == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_the_whole_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "ab\nc", true),
            ("?", "", false),
            ("?", "🦀", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbbcd", false),
            ("*b*d", "abcbd", true),
            ("1?2*", "1+2", true),
            ("let [a]", "let [a]", true),
            ("**a**", "xax", true),
            ("A", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern:?} on {text:?}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_does_not_explode() {
        assert!(!matches(&"*a".repeat(500), &"a".repeat(499)));
    }
}
