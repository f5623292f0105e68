//! Finds the files of a saved account and reads their bytes.

use super::error::SavedError;
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The folder in which a snapshot is written before it is whole.
pub const UNFINISHED: &str = ".unfinished-snapshot";

/// The largest file that is read: a Region with a million subnets fits.
const LARGEST: u64 = 2 << 30;

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> SavedError {
    let path = path.to_owned();
    move |source| SavedError::Unreadable { path, source }
}

/// Every `*.json` below a folder, in the order of their paths; a file is itself.
///
/// Links are followed, each folder once, so that a circle of links ends.
///
/// # Errors
/// When a folder or a link cannot be read, or holds a snapshot that was not finished.
pub fn json_files(path: &Path) -> Result<Vec<PathBuf>, SavedError> {
    if !fs::metadata(path).map_err(unreadable(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        if !seen.insert(fs::canonicalize(&folder).map_err(unreadable(&folder))?) {
            continue;
        }
        for entry in read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let path = entry.path();
            if entry.file_name() == UNFINISHED {
                return Err(SavedError::Unfinished { path });
            }
            let is_json = path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            match fs::metadata(&path) {
                Ok(kind) if kind.is_dir() => folders.push(path),
                // A pipe or a device would be waited for.
                Ok(kind) if is_json && kind.is_file() => files.push(path),
                Ok(_) => {}
                Err(_) if !is_json => {}
                Err(error) => return Err(unreadable(&path)(error)),
            }
        }
    }
    files.sort();
    Ok(files)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the reader of saved accounts"
)]
fn read_dir(folder: &Path) -> io::Result<fs::ReadDir> {
    fs::read_dir(folder)
}

/// The text of a file as UTF-8, without a byte order mark.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, SavedError> {
    let size = fs::metadata(path).map_err(unreadable(path))?.len();
    if size > LARGEST {
        return Err(SavedError::TooLarge {
            path: path.to_owned(),
            size,
            limit: LARGEST,
        });
    }
    let bytes = bytes(path).map_err(unreadable(path))?;
    let bytes = decoded(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(SavedError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the reader of saved accounts"
)]
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
}

/// Windows PowerShell's `>` writes UTF-16 and other tools a byte order mark.
fn decoded(mut bytes: Vec<u8>) -> Vec<u8> {
    let unit: fn([u8; 2]) -> u16 = match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => {
            bytes.drain(..3);
            return bytes;
        }
        [0xFF, 0xFE, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] => u16::from_be_bytes,
        _ => return bytes,
    };
    let (pairs, _) = bytes[2..].as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    // What is no UTF-16 either is shown by the parser as what it is: no JSON.
    String::from_utf16(&units).map_or(bytes, String::into_bytes)
}
