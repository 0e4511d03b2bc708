//! Crates that cells name without a `:dep`: the runtime is made of them, so that naming one
//! costs nothing but the reading of its metadata.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Their names.
const NAMES: [&str; 2] = ["plotters", "image"];

/// What rustc is to be told for a cell, but of crates that are `known` by a `:dep`: those
/// are the user's own.
pub(super) fn flags(runtime: &Path, known: impl Fn(&str) -> bool) -> Vec<OsString> {
    let names = NAMES.into_iter().filter(|name| !known(name));
    names
        .filter_map(|name| {
            let mut flag = OsString::from(format!("--extern={name}="));
            flag.push(metadata(&runtime.join("deps"), name)?);
            Some(flag)
        })
        .collect()
}

/// The file that a crate was compiled to, by cargo's way of naming it. Its code is in the
/// runtime's shared library.
fn metadata(dependencies: &Path, name: &str) -> Option<PathBuf> {
    let begin = format!("lib{name}-");
    let entries = std::fs::read_dir(dependencies).ok()?.flatten();
    entries.map(|entry| entry.path()).find(|path| {
        let file = path.file_name().and_then(|file| file.to_str());
        file.is_some_and(|file| file.starts_with(&begin) && file.ends_with(".rmeta"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_of_the_runtime_is_named_and_one_of_the_user_is_not() {
        let runtime = tempfile::tempdir().unwrap();
        let dependencies = runtime.path().join("deps");
        assert!(flags(runtime.path(), |_| false).is_empty());
        std::fs::create_dir(&dependencies).unwrap();
        for file in [
            "libplotters_backend-01.rmeta",
            "libplotters-02.so",
            "libplotters-02.rmeta",
        ] {
            std::fs::write(dependencies.join(file), "").unwrap();
        }
        let mut expected = OsString::from("--extern=plotters=");
        expected.push(dependencies.join("libplotters-02.rmeta"));
        assert_eq!(flags(runtime.path(), |_| false), [expected]);
        assert!(flags(runtime.path(), |name| name == "plotters").is_empty());
    }
}
