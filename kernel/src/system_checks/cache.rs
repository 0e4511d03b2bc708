//! The place of sessions on the disk.

use super::outcome::Outcome;
use crate::{paths, permissions};
use nix::sys::statvfs::{FsFlags, statvfs};
use std::path::Path;

/// Free space without which no cell can be compiled, in MiB.
const LEAST_SPACE: u64 = 20;
/// Characters that tools on the way of a cell take for something else: rust-analyzer for a
/// pattern, the search path for its separator, the linker for a placeholder.
const CONFUSING: [char; 9] = [':', '%', '*', '?', '[', ']', '{', '}', '!'];

const ELSEWHERE: &str = "set HXKERNEL_CACHE to another directory, such as `/tmp/hxkernel-$USER`";

/// Checks that sessions can be kept in the cache, which is made if it is missing.
pub(crate) fn is_usable() -> Outcome {
    let cache = paths::cache();
    can_be_written_down(&cache)?;
    let failed = |error: std::io::Error| {
        format!(
            "sessions cannot be kept in {}: {error}; {ELSEWHERE}",
            cache.display()
        )
    };
    permissions::make_root(&cache).map_err(failed)?;
    let sessions = cache.join("sessions");
    permissions::make_closed(&sessions).map_err(failed)?;
    tempfile::tempfile_in(&sessions).map_err(failed)?;
    Ok(cache.display().to_string())
}

/// Checks that every tool on the way of a cell understands the path.
fn can_be_written_down(cache: &Path) -> Result<(), String> {
    let named = match std::env::var_os("HXKERNEL_CACHE") {
        Some(_) => "HXKERNEL_CACHE",
        None => "the home directory",
    };
    if !cache.is_absolute() {
        return Err(format!(
            "{named} leads to '{}', which depends on the current directory: give a path that starts with `/`",
            cache.display()
        ));
    }
    let Some(text) = cache.to_str() else {
        return Err(format!(
            "{named} leads to '{}', which is no UTF-8; {ELSEWHERE}",
            cache.display()
        ));
    };
    let confusing = |one: &char| one.is_control() || CONFUSING.contains(one);
    if let Some(found) = text.chars().find(confusing) {
        return Err(format!(
            "{named} leads to {text:?}, in which compilers misunderstand the character {found:?}; {ELSEWHERE}"
        ));
    }
    Ok(())
}

/// Checks that what is compiled there can be loaded.
pub(super) fn is_executable() -> Outcome {
    let cache = paths::cache();
    let status = statvfs(&cache).map_err(|error| {
        format!(
            "nothing can be told about the disk of {}: {error}",
            cache.display()
        )
    })?;
    if status.flags().contains(FsFlags::ST_NOEXEC) {
        return Err(format!(
            "{} is on a disk from which no program may be run (mounted noexec), so no cell can be; {ELSEWHERE}",
            cache.display()
        ));
    }
    Ok("can be run".into())
}

pub(super) fn has_room() -> Outcome {
    let cache = paths::cache();
    match free_space() {
        Some(free) if free < LEAST_SPACE => Err(format!(
            "{free} MiB are free for {} and a cell needs {LEAST_SPACE}: make room, or {ELSEWHERE}",
            cache.display()
        )),
        Some(free) => Ok(format!("{free} MiB")),
        // Nothing to complain about: some file systems do not tell.
        None => Ok("cannot be told".into()),
    }
}

/// What is free in the cache, in MiB.
pub(crate) fn free_space() -> Option<u64> {
    let status = statvfs(&paths::cache()).ok()?;
    Some(status.blocks_available() * status.fragment_size() / (1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn a_path_that_tools_misunderstand_is_refused_in_a_sentence() {
        for good in ["/home/a/.cache/hxkernel", "/a b/'c'/\"d\"/ü$`\\,=#&"] {
            assert_eq!(can_be_written_down(Path::new(good)), Ok(()), "{good}");
        }
        for (bad, told) in [
            ("foo", "starts with `/`"),
            ("/a\nb", "'\\n'"),
            ("/a:b", "':'"),
            ("/a{b", "'{'"),
            ("/a%b", "'%'"),
        ] {
            let sentence = can_be_written_down(Path::new(bad)).unwrap_err();
            assert!(sentence.contains(told), "{sentence}");
            assert!(!sentence.contains('\n'), "{sentence}");
        }
        let bytes = Path::new(std::ffi::OsStr::from_bytes(b"/a\xff"));
        assert!(can_be_written_down(bytes).unwrap_err().contains("UTF-8"));
    }
}
