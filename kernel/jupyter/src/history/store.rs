//! The history file: one line of JSON for each cell, and one for the beginning of each session.
//!
//! Kernels that run side by side append to the same file. Each line is written at once, under a
//! lock on a second file, since compaction replaces the first one. Where there is no lock to be
//! had soon, as on some network file systems, lines are written without it: one that is appended
//! in one write is whole anyway.

use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest part of the file that is read, in bytes: its end.
const READ: u64 = 32 << 20;
/// Size in bytes above which the file is compacted at the next start.
const LARGE: u64 = READ / 2;
/// Largest line in bytes; a larger cell stays out of the file.
const LARGEST_LINE: usize = 1 << 20;
const LOCK_ATTEMPTS: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// A cell that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Number of the session, from 1.
    pub(super) session: u32,
    /// Number of the cell in it.
    pub(super) line: u32,
    pub(super) input: String,
    /// Value of the cell as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
}

pub(super) struct Store {
    path: PathBuf,
}

/// Beginning of a session.
#[derive(Serialize, Deserialize)]
struct Begin {
    session: u32,
}

impl Store {
    /// Opens the file, made if it is missing; returns the number of the new session.
    ///
    /// The last `kept` cells stay if there are many more.
    pub(super) fn open(path: &Path, kept: usize) -> io::Result<(Store, u32)> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let store = Store {
            path: path.to_owned(),
        };
        let _lock = store.lock();
        let text = store.text()?;
        let session = sessions(&text).max().unwrap_or(0).saturating_add(1);
        let entries = entries(&text);
        if entries.len() > kept + kept / 5 || text.len() as u64 > LARGE {
            store.compact(&entries, kept)?;
        }
        store.write_line(&serde_json::to_string(&Begin { session })?)?;
        Ok((store, session))
    }

    pub(super) fn append(&self, entry: &Entry) -> io::Result<()> {
        let line = serde_json::to_string(entry)?;
        if line.len() > LARGEST_LINE {
            return Ok(());
        }
        let _lock = self.lock();
        self.write_line(&line)
    }

    /// Reads every cell in the file, of this session too. Damaged lines are left out.
    pub(super) fn read(&self) -> Vec<Entry> {
        match self.text() {
            Ok(text) => entries(&text),
            Err(error) => {
                tracing::warn!(%error, "the history cannot be read");
                Vec::new()
            }
        }
    }

    fn text(&self) -> io::Result<String> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            file => file?,
        };
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(READ)))?;
        let mut bytes = Vec::new();
        file.take(READ).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Appends a line; a line that was cut short, by a full disk or a crash, is ended first.
    fn write_line(&self, line: &str) -> io::Result<()> {
        let mut file = private()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)?;
        let mut last = [b'\n'];
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let begin = if last == *b"\n" { "" } else { "\n" };
        file.write_all(format!("{begin}{line}\n").as_bytes())
    }

    /// Replaces the file by its last entries. Other kernels open it again for each line.
    fn compact(&self, entries: &[Entry], kept: usize) -> io::Result<()> {
        let (mut lines, mut length) = (Vec::new(), 0);
        for entry in entries.iter().rev().take(kept) {
            let line = serde_json::to_string(entry)?;
            length += line.len() as u64 + 1;
            if length > LARGE / 2 {
                break;
            }
            lines.push(line);
        }
        let mut text = String::new();
        for line in lines.iter().rev() {
            text.push_str(line);
            text.push('\n');
        }
        let fresh = self.beside("new");
        let mut file = private()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)
    }

    /// Locks the file for this kernel until the lock is dropped.
    fn lock(&self) -> Option<File> {
        let file = private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.beside("lock"));
        let file = file.ok()?;
        for _ in 0..LOCK_ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Some(file),
                Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(std::fs::TryLockError::Error(_)) => return None,
            }
        }
        None
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        name.into()
    }
}

/// Options to open a file that only its owner can read: cells are private.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn entries(text: &str) -> Vec<Entry> {
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Returns the number of the session on every line, of cells and of beginnings.
fn sessions(text: &str) -> impl Iterator<Item = u32> {
    text.lines()
        .filter_map(|line| serde_json::from_str::<Begin>(line).ok())
        .map(|begin| begin.session)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(session: u32, line: u32) -> Entry {
        Entry {
            session,
            line,
            input: format!("cell {line}\nof {session} 🦀"),
            output: Some("1".into()),
        }
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/history.jsonl");
        (directory, path)
    }

    #[test]
    fn sessions_are_numbered_whether_or_not_they_ran_anything() {
        let (_directory, path) = file();
        for expected in 1..4 {
            assert_eq!(Store::open(&path, 10).unwrap().1, expected);
        }
        let (store, session) = Store::open(&path, 10).unwrap();
        store.append(&entry(session, 1)).unwrap();
        assert_eq!(Store::open(&path, 10).unwrap().1, 5);
        assert_eq!(store.read(), [entry(4, 1)]);
    }

    #[test]
    fn damaged_lines_cost_themselves_only() {
        let (_directory, path) = file();
        let (store, session) = Store::open(&path, 10).unwrap();
        store.append(&entry(session, 1)).unwrap();
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(
            b"\xff\xfe\n[1,2]\n{\"session\":\"x\"}\n\n{\"session\":1,\"line\":9,\"inp",
        );
        std::fs::write(&path, text).unwrap();
        store.append(&entry(session, 2)).unwrap();
        assert_eq!(store.read(), [entry(1, 1), entry(1, 2)]);
        assert_eq!(Store::open(&path, 10).unwrap().1, 2);
    }

    #[test]
    fn an_old_file_is_compacted_and_its_sessions_still_count() {
        let (_directory, path) = file();
        let (store, session) = Store::open(&path, 10).unwrap();
        for line in 1..=13 {
            store.append(&entry(session, line)).unwrap();
        }
        let (_, session) = Store::open(&path, 10).unwrap();
        assert_eq!(session, 2);
        let kept: Vec<Entry> = (4..=13).map(|line| entry(1, line)).collect();
        assert_eq!(store.read(), kept);
        // A kernel that had it open before writes to the new file.
        store.append(&entry(1, 14)).unwrap();
        assert_eq!(store.read().last(), Some(&entry(1, 14)));
    }

    #[test]
    fn kernels_side_by_side_lose_nothing() {
        let (_directory, path) = file();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    // A store of its own, as in another process.
                    let (store, session) = Store::open(&path, 10_000).unwrap();
                    for line in 0..50 {
                        store.append(&entry(session, line)).unwrap();
                    }
                });
            }
        });
        let (store, session) = Store::open(&path, 10_000).unwrap();
        assert_eq!(session, 9);
        let mut all = store.read();
        all.sort_by_key(|entry| (entry.session, entry.line));
        let expected: Vec<Entry> = (1..9)
            .flat_map(|session| (0..50).map(move |line| entry(session, line)))
            .collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn where_nothing_can_be_written_there_is_an_error_and_no_panic() {
        assert!(Store::open(Path::new("/dev/null/history"), 10).is_err());
    }
}
