//! Directories that only this user can look into, whatever the umask.
//!
//! What a session writes (the text of cells, compiled cells, sockets) is as secret as a
//! notebook, and what it loads from its cache runs with the user's rights. So a
//! directory of the cache is made closed, and one that is there already is used only if
//! nobody else can have prepared it.

use nix::unistd::Uid;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// For its owner alone.
const CLOSED: u32 = 0o700;
/// Bits that let others write.
const WRITTEN_BY_OTHERS: u32 = 0o022;
/// Bit by which only the owner of an entry may replace it.
const STICKY: u32 = 0o1000;

/// Makes a directory that only this user can enter, its parents too if they are missing;
/// closes one that is there, if it is this user's.
///
/// # Errors
/// If it cannot be made, or is somebody else's or a link.
pub(crate) fn make_closed(path: &Path) -> io::Result<()> {
    make(path)?;
    let found = std::fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Err(refused(path, "is no directory"));
    }
    if !is_own(found.uid()) {
        return Err(refused(path, "belongs to another user"));
    }
    // A umask may have taken from the owner, too.
    if found.mode() & 0o777 != CLOSED {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(CLOSED))?;
    }
    Ok(())
}

/// Makes the directory in which closed ones lie, closed as well if it is new. One that is
/// there may be open to the eyes of others, and a link that the user made; nobody
/// else may be able to replace what is in it.
///
/// # Errors
/// If it cannot be made, or others could put their own things there.
pub(crate) fn make_root(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_err() {
        return make_closed(path);
    }
    let link = path.symlink_metadata()?;
    if link.is_symlink() && !is_trusted(link.uid()) {
        return Err(refused(path, "is a link that another user made"));
    }
    let found = path.metadata()?;
    if !found.is_dir() {
        return Err(refused(path, "is no directory"));
    }
    if !is_trusted(found.uid()) {
        return Err(refused(path, "belongs to another user"));
    }
    let mode = found.mode();
    if mode & WRITTEN_BY_OTHERS != 0 && mode & STICKY == 0 {
        // The directory of a user with a generous umask.
        let mode = mode & 0o7777 & !WRITTEN_BY_OTHERS;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .map_err(|_| refused(path, "can be written by others"))?;
    }
    Ok(())
}

/// Closes a file of the cache, if it is there.
///
/// # Errors
/// If it is no file of this user's, or another user could put one there.
pub(crate) fn close_file(path: &Path) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/")).metadata()?;
    if parent.mode() & WRITTEN_BY_OTHERS != 0 {
        return Err(refused(path, "lies where others can put files"));
    }
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if !found.is_file() || !is_own(found.uid()) => {
            Err(refused(path, "is no file of this user's"))
        }
        Ok(_) => std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)),
    }
}

/// True if what lies there can only have been put there by this user or the administrator.
pub(crate) fn is_trustworthy(path: &Path) -> bool {
    let found = path.symlink_metadata();
    found.is_ok_and(|found| is_trusted(found.uid()) && !found.is_symlink())
}

fn make(path: &Path) -> io::Result<()> {
    let mut closed = std::fs::DirBuilder::new();
    closed.mode(CLOSED);
    let made = match closed.create(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().ok_or(error)?;
            make(parent)?;
            open_to_owner(parent)?;
            closed.create(path)
        }
        made => made,
    };
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Undoes what a umask has taken from the owner of a directory just made.
fn open_to_owner(path: &Path) -> io::Result<()> {
    let found = path.metadata()?;
    if is_own(found.uid()) && found.mode() & CLOSED != CLOSED {
        let mode = found.mode() & 0o7777 | CLOSED;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn is_own(user: u32) -> bool {
    Uid::from_raw(user) == Uid::effective()
}

/// The administrator can read everything anyway.
fn is_trusted(user: u32) -> bool {
    is_own(user) || user == 0
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{} {why}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn mode(path: &Path) -> u32 {
        path.symlink_metadata().unwrap().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_directory_is_closed_whether_it_is_new_or_not() {
        let place = tempfile::tempdir().unwrap();
        let deep = place.path().join("a/b/c");
        make_closed(&deep).unwrap();
        for made in ["a", "a/b", "a/b/c"] {
            assert_eq!(mode(&place.path().join(made)), 0o700, "{made}");
        }
        for before in [0o755, 0o777, 0o300] {
            set_mode(&deep, before);
            make_closed(&deep).unwrap();
            assert_eq!(mode(&deep), 0o700, "from {before:o}");
        }
    }

    #[test]
    fn what_another_one_could_have_prepared_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("target");
        make_closed(&target).unwrap();
        let link = place.path().join("link");
        symlink(&target, &link).unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        for refused in [&link, &file] {
            let error = make_closed(refused).unwrap_err().to_string();
            assert!(error.ends_with("is no directory"), "{error}");
        }
        // The user's own link to another disk is fine for the root, which nobody else made.
        make_root(&link).unwrap();
        if Uid::effective().is_root() {
            let stranger = Some(65534);
            std::os::unix::fs::lchown(&link, stranger, None).unwrap();
            let error = make_root(&link).unwrap_err().to_string();
            assert!(
                error.ends_with("is a link that another user made"),
                "{error}"
            );
            std::os::unix::fs::lchown(&target, stranger, None).unwrap();
            for make in [make_closed, make_root] {
                let error = make(&target).unwrap_err().to_string();
                assert!(error.ends_with("belongs to another user"), "{error}");
            }
            assert!(!is_trustworthy(&target));
        }
    }

    #[test]
    fn a_root_that_others_can_write_is_mended_unless_they_cannot_replace_anything_in_it() {
        let place = tempfile::tempdir().unwrap();
        for (before, after) in [(0o775, 0o755), (0o750, 0o750), (0o1777, 0o1777)] {
            set_mode(place.path(), before);
            make_root(place.path()).unwrap();
            assert_eq!(mode(place.path()), after);
        }
    }
}
