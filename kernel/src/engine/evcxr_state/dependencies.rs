//! Crates that cells depend on: which a cell names, and which `:undo` has taken back.
//!
//! evcxr has no way to forget a crate. One that was undone is left out of the manifest by the
//! stand-in for cargo, so that the crates of earlier cells are built as they were, and the
//! variables of their types are readable again.

use crate::engine::code::leading_lines;
use std::collections::BTreeSet;

/// Names of the crates in the `:dep` lines of a cell; a directory has none.
pub(crate) fn named(code: &str) -> BTreeSet<String> {
    let lines = leading_lines::leading(code).filter(|line| line.is_command);
    let specifications = lines.filter_map(|line| line.text.trim().strip_prefix(":dep "));
    specifications
        .filter_map(|text| {
            let name = text.split('=').next().unwrap_or_default().trim();
            let is_name = |one: char| one.is_alphanumeric() || one == '_' || one == '-';
            (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
        })
        .collect()
}

/// Crates that only undone cells have named.
pub(crate) fn withdrawn<'a>(
    undone: impl Iterator<Item = &'a str>,
    kept: impl Iterator<Item = &'a str>,
) -> BTreeSet<String> {
    let kept: BTreeSet<String> = kept.flat_map(named).collect();
    let undone = undone.flat_map(named);
    undone.filter(|name| !kept.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_another_cell_names_is_not_withdrawn() {
        let cell = ":dep rand = \"0.9\"\n  :dep serde_json\n:dep ./here\n:vars\nlet a = 1;";
        let names = |of: BTreeSet<String>| of.into_iter().collect::<Vec<_>>();
        assert_eq!(names(named(cell)), ["rand", "serde_json"]);
        let kept = [":dep rand", "1"];
        let left = withdrawn([cell].into_iter(), kept.into_iter());
        assert_eq!(names(left), ["serde_json"]);
    }
}
