//! Files that are whole or not there at all.

use super::CliError;
use std::{
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

/// A file that can be written, as far as one can tell before writing it.
pub(super) struct File {
    path: PathBuf,
}

impl File {
    /// Looks at a path before the work begins, which may take minutes.
    pub(super) fn at(path: &Path) -> Result<Self, CliError> {
        let folder = match path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => path,
        };
        let look = fs::metadata(folder).and_then(|folder| {
            if path.is_dir() {
                Err(io::ErrorKind::IsADirectory.into())
            } else if folder.is_dir() {
                Ok(())
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        });
        look.map_err(unwritable(path))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Writes beside the file and then renames. What is no file, such as a
    /// pipe or `/dev/stdout`, is written to as it is.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let path = &self.path;
        let is_special = fs::metadata(path).is_ok_and(|there| !there.is_file());
        if is_special {
            return stream(path, write).map_err(unwritable(path));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        let unfinished = path.with_file_name(name);
        let written = create(&unfinished, write).and_then(|()| fs::rename(&unfinished, path));
        written.map_err(|error| {
            let _ = fs::remove_file(&unfinished);
            unwritable(path)(error)
        })
    }
}

/// Writes a new file to its end.
#[expect(clippy::disallowed_methods, reason = "a door writes files")]
pub(super) fn create(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(fs::File::create(path)?);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // A full disk may show only now.
    file.sync_all()
}

fn stream(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
    write(&mut out)?;
    out.flush()
}

/// The error of a path that cannot be written.
pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> CliError {
    let path = path.display().to_string();
    move |source| CliError::File {
        path,
        verb: "written",
        source,
    }
}
