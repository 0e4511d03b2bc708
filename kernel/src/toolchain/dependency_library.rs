//! The crates that cells depend on, as shared libraries of the session.
//!
//! cargo hands the crates of a `:dep` to rustc as archives, and a cell that is made of them
//! would carry a copy of each, with statics and thread-locals of its own: a logger that one
//! cell installs would be unknown to the next, a runtime's threads to the cell that spawns a
//! task. Therefore the archives are linked once, into a library that all cells share.
//!
//! Crates that are added later come into a further library, which is linked to those before
//! it, so that what a session has of a crate stays the same as long as the crate itself does.
//! Crates in directories of the user's, which change, have a library to themselves.

use super::records;
use crate::definitions::Externals;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Begins the names of the libraries' crates.
const CRATE: &str = "hx_dependencies_";

/// What cargo says of the crates of a cell.
pub(super) struct Call<'a> {
    /// The compiler.
    pub(super) rustc: &'a OsStr,
    /// Its arguments for the crate of the cell.
    pub(super) arguments: &'a [OsString],
    /// Identities of the crates, by name.
    pub(super) externals: &'a Externals,
    /// Names of the crates that lie in directories of the user's.
    pub(super) local: &'a BTreeSet<String>,
}

/// A crate as cargo has compiled it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Archive {
    /// Name by which cells know the crate.
    name: String,
    path: PathBuf,
    /// Tells it from another one at the same place.
    identity: u64,
}

/// One library of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Library {
    /// Name of its crate.
    name: String,
    /// What it was made of, in the order of the names.
    archives: Vec<Archive>,
    /// Names of the libraries it is linked to.
    below: Vec<String>,
}

/// Names of the libraries that a cell is to be linked to, which are made in `directory` if
/// they are not there. None if the crates cannot be linked into a library: then each cell has
/// copies of its own.
///
/// # Errors
/// If files of the session cannot be read or written, or the compiler cannot be run.
pub(super) fn libraries_for(call: &Call<'_>, directory: &Path) -> io::Result<Vec<String>> {
    let record = directory.join("libraries.json");
    let mut made: Vec<Library> = records::read(&record)?;
    let (local, published): (Vec<Archive>, Vec<Archive>) = archives(call)
        .into_iter()
        .partition(|archive| call.local.contains(&archive.name));
    let mut used = BTreeSet::new();
    for archives in [published, local] {
        if archives.is_empty() {
            continue;
        }
        let before = made.len();
        let Some(library) = library_of(archives, &mut made, call, directory)? else {
            return Ok(Vec::new());
        };
        used.extend(library.below);
        used.insert(library.name);
        if made.len() > before {
            records::write(&record, &made)?;
        }
    }
    Ok(used.into_iter().collect())
}

/// The library that holds these archives, or the rest of them that older ones do not hold.
fn library_of(
    archives: Vec<Archive>,
    made: &mut Vec<Library>,
    call: &Call<'_>,
    directory: &Path,
) -> io::Result<Option<Library>> {
    if let Some(found) = made.iter().find(|it| it.archives == archives) {
        return Ok(Some(found.clone()));
    }
    let is_up_to_date = |library: &&Library| {
        let mut archives = library.archives.iter();
        archives.all(|it| identity(&it.path) == it.identity)
    };
    let older: Vec<String> = made
        .iter()
        .filter(is_up_to_date)
        .map(|it| it.name.clone())
        .collect();
    // Libraries that were made apart can hold the same crate, and then not be used together.
    let choices = match older.is_empty() {
        true => vec![older],
        false => vec![older, Vec::new()],
    };
    for below in choices {
        let mut hasher = DefaultHasher::new();
        (&archives, &below).hash(&mut hasher);
        let library = Library {
            name: format!("{CRATE}{:016x}", hasher.finish()),
            archives: archives.clone(),
            below,
        };
        if link(&library, call, directory)? {
            made.push(library.clone());
            return Ok(Some(library));
        }
    }
    Ok(None)
}

/// Makes a library; `false` if the compiler refuses to.
fn link(library: &Library, call: &Call<'_>, directory: &Path) -> io::Result<bool> {
    std::fs::create_dir_all(directory)?;
    let archives = library.archives.iter();
    let mut source: String = archives
        .map(|archive| format!("pub extern crate {};\n", archive.name))
        .collect();
    for name in &library.below {
        source += &format!("pub extern crate {name};\n");
    }
    let source_file = directory.join(format!("{}.rs", library.name));
    let file = path_of(&library.name, directory);
    std::fs::write(&source_file, source)?;
    let mut rustc = Command::new(call.rustc);
    rustc
        .args(["--edition=2024", "--crate-type=dylib", "-Cprefer-dynamic"])
        .args(["-Cstrip=debuginfo", "--cap-lints=allow", "--crate-name"])
        .arg(&library.name)
        .arg(&source_file)
        .arg("-o")
        .arg(&file)
        .args(search_paths(call.arguments))
        .args(flags(&library.below, directory));
    for archive in &library.archives {
        rustc.arg(flag(&format!("--extern={}=", archive.name), &archive.path));
    }
    // By this name cells ask the loader for the library: a path, since nothing is searched.
    for part in [
        "-Xlinker".as_ref(),
        "-soname".as_ref(),
        "-Xlinker".as_ref(),
        file.as_path(),
    ] {
        rustc.arg(flag("-Clink-arg=", part));
    }
    let output = rustc.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        tracing::warn!(%said, "the dependencies of the cells cannot be linked into a library");
        let _ = std::fs::remove_file(file);
    }
    Ok(output.status.success())
}

/// What rustc is to be told of libraries.
pub(super) fn flags(libraries: &[String], directory: &Path) -> Vec<OsString> {
    let externs = libraries.iter();
    let externs = externs.map(|name| flag(&format!("--extern={name}="), &path_of(name, directory)));
    // Where libraries are found that these are linked to.
    externs.chain([flag("-Ldependency=", directory)]).collect()
}

/// Items that make a cell use libraries, to be added at its end.
pub(super) fn items(libraries: &[String]) -> String {
    let libraries = libraries.iter();
    libraries
        .map(|name| format!("\nextern crate {name} as _;"))
        .collect()
}

fn path_of(name: &str, directory: &Path) -> PathBuf {
    directory.join(format!("lib{name}.so"))
}

fn flag(begin: &str, path: &Path) -> OsString {
    let mut flag = OsString::from(begin);
    flag.push(path);
    flag
}

/// Archives among the crates of a cell. What else there is, procedural macros, is no part of
/// a cell.
fn archives(call: &Call<'_>) -> Vec<Archive> {
    let externs = values_of(call.arguments, "--extern");
    let mut archives: Vec<Archive> = externs
        .filter_map(|value| value.to_str()?.split_once('='))
        .filter(|(_, path)| path.ends_with(".rlib"))
        .filter_map(|(name, path)| {
            Some(Archive {
                name: name.to_owned(),
                path: path.into(),
                identity: *call.externals.get(name)?,
            })
        })
        .collect();
    archives.sort_by(|one, other| one.name.cmp(&other.name));
    archives
}

/// Where the compiler finds what the crates of a cell depend on.
fn search_paths(arguments: &[OsString]) -> impl Iterator<Item = OsString> {
    values_of(arguments, "-L").flat_map(|value| ["-L".into(), value.clone()])
}

fn values_of<'a>(
    arguments: &'a [OsString],
    flag: &'static str,
) -> impl Iterator<Item = &'a OsString> {
    let pairs = arguments.iter().zip(arguments.iter().skip(1));
    pairs
        .filter(move |(name, _)| *name == flag)
        .map(|(_, value)| value)
}

/// Identities of the crates a cell is compiled with, by name.
pub(super) fn externals(arguments: &[OsString]) -> Externals {
    values_of(arguments, "--extern")
        .filter_map(|value| value.to_str()?.split_once('='))
        .map(|(name, path)| (name.to_owned(), identity(path.as_ref())))
        .collect()
}

/// Identity of a crate that was compiled: cargo names its file by everything it was built
/// from, and writes it anew when that has changed.
fn identity(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    if let Ok(metadata) = std::fs::metadata(path) {
        (metadata.len(), metadata.modified().ok()).hash(&mut hasher);
    }
    hasher.finish()
}
