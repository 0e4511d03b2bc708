//! Records of a session: small files of JSON that the engine and the stand-ins share.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::Path;

/// Reads a record; one that was never written is empty.
///
/// # Errors
/// If the file cannot be read, or is no such record.
pub(super) fn read<T: DeserializeOwned + Default>(path: &Path) -> io::Result<T> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(error),
    }
}

/// Writes a record. It is renamed into place: whoever writes may be ended at any time, and
/// others may read meanwhile.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write(path: &Path, record: &impl Serialize) -> io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, serde_json::to_vec(record)?)?;
    std::fs::rename(beside, path)
}
