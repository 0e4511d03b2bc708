//! Crates that `:undo` has taken back, which are left out of the session's manifest.

use super::records;
use std::collections::BTreeSet;
use std::path::Path;

/// A manifest without the crates that a file names; nothing if it is as it is.
pub(super) fn leave_out(manifest: &str, path: &Path) -> Option<String> {
    let names: BTreeSet<String> = records::read(path).ok()?;
    let mut manifest: toml::Table = manifest.parse().ok()?;
    let dependencies = manifest.get_mut("dependencies")?.as_table_mut()?;
    let before = dependencies.len();
    dependencies.retain(|name, _| !names.contains(name));
    (dependencies.len() < before).then(|| manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_left_out_as_long_as_it_is_undone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("withdrawn.json");
        let manifest = "[package]\nname = \"ctx\"\n\n[dependencies]\na = \"1\"\nb = \"2\"\n";
        assert_eq!(leave_out(manifest, &path), None);
        records::write(&path, &BTreeSet::from(["b".to_owned()])).unwrap();
        let left = leave_out(manifest, &path).unwrap();
        assert!(
            left.contains("a = \"1\"") && !left.contains("b = "),
            "{left}"
        );
        records::write(&path, &BTreeSet::<String>::new()).unwrap();
        assert_eq!(leave_out(manifest, &path), None);
    }
}
