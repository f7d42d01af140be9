//! An open file that is sent: gives exactly the bytes its entry promises, or an error.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use rustix::io::Errno;

use crate::model::size;
use crate::storage::status::{Status, Version};
use crate::storage::{SourceError, platform};

/// Files below this are read at one go anyway; what the system makes of the advice is not worth the call.
const ADVISED_FROM: u64 = 128 * 1024;

/// What comes next in a file, and for how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Bytes, to be read.
    Data(u64),
    /// A hole: zeros that are on no disk, to be skipped.
    Hole(u64),
}

/// Whether a file is asked for its holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holes {
    /// It has none, or is read as if it had none.
    Ignored,
    /// It stores less than its size.
    Sought,
}

/// The stretch that the position is in, and where it ends.
#[derive(Clone, Copy, Debug)]
enum Stretch {
    Data(u64),
    Hole(u64),
}

/// An open source.
#[derive(Debug)]
pub struct SourceFile {
    file: File,
    path: PathBuf,
    promised: Version,
    holes: Holes,
    position: u64,
    stretch: Stretch,
}

impl SourceFile {
    /// Takes over a file that was just opened. Errors: [`SourceError::Changed`] if it is not what was promised.
    pub(super) fn new(
        file: File,
        path: PathBuf,
        promised: Version,
        holes: Holes,
    ) -> Result<Self, SourceError> {
        let mut source = Self { file, path, promised, holes, position: 0, stretch: Stretch::Data(0) };
        source.check()?;
        source.seek(0);
        if promised.size >= ADVISED_FROM {
            platform::advise_sequential(source.file.as_fd());
        }
        Ok(source)
    }

    /// The next stretch at the position, or what is left of it; `None` at the end. A file system that knows no holes
    /// has one stretch of data. Errors: [`SourceError::Read`].
    pub fn run(&mut self) -> Result<Option<Run>, SourceError> {
        if self.position >= self.promised.size {
            return Ok(None);
        }
        if self.left() == 0 {
            self.stretch = self.find()?;
        }
        Ok(Some(match self.stretch {
            Stretch::Data(_) => Run::Data(self.left()),
            Stretch::Hole(_) => Run::Hole(self.left()),
        }))
    }

    /// Reads on into `buf`, never past the promised size and never across into a hole: 0 means that this stretch is at its
    /// end, and [`SourceFile::run`] says what comes next. A file without holes is one stretch from the start.
    /// Errors: [`SourceError::Changed`] if the file became shorter, [`SourceError::Read`].
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, SourceError> {
        let wanted = match self.stretch {
            Stretch::Data(_) => size::at_most(self.left(), buf.len()),
            Stretch::Hole(_) => 0,
        };
        let Some(buf) = buf.get_mut(..wanted).filter(|buf| !buf.is_empty()) else {
            return Ok(0);
        };
        let read = loop {
            match self.file.read_at(buf, self.position) {
                Ok(read) => break read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(SourceError::Read { path: self.path.clone(), source }),
            }
        };
        if read == 0 {
            return Err(self.changed());
        }
        self.position = self.position.saturating_add(size::from_len(read));
        Ok(read)
    }

    /// Goes on by `bytes` over the hole that [`SourceFile::run`] told of, at most to its end; says how many they were. What
    /// is not known to be a hole is never skipped: 0.
    pub fn skip(&mut self, bytes: u64) -> u64 {
        let skipped = match self.stretch {
            Stretch::Data(_) => 0,
            Stretch::Hole(_) => self.left().min(bytes),
        };
        self.position = self.position.saturating_add(skipped);
        skipped
    }

    /// Goes to where resuming begins; beyond the end is the end.
    pub fn seek(&mut self, offset: u64) {
        self.position = offset.min(self.promised.size);
        self.stretch = Stretch::Data(match self.holes {
            Holes::Ignored => self.promised.size,
            Holes::Sought => self.position,
        });
    }

    /// Is it still what it was? For whoever read only its beginning. Errors: [`SourceError::Changed`],
    /// [`SourceError::Read`].
    pub fn check(&self) -> Result<(), SourceError> {
        let status = Status::of(&self.file).map_err(|errno| self.failed(errno))?;
        if status.is_file() && status.version() == self.promised { Ok(()) } else { Err(self.changed()) }
    }

    /// After the last byte: is it still what it was? Errors: [`SourceError::Changed`], also if bytes are left,
    /// [`SourceError::Read`].
    pub fn finish(self) -> Result<(), SourceError> {
        if self.position < self.promised.size {
            return Err(self.changed());
        }
        self.check()
    }

    /// What is left of the stretch.
    fn left(&self) -> u64 {
        let (Stretch::Data(end) | Stretch::Hole(end)) = self.stretch;
        end.saturating_sub(self.position)
    }

    /// What stretch begins at the position, before the end.
    fn find(&mut self) -> Result<Stretch, SourceError> {
        let end = self.promised.size;
        if self.holes == Holes::Ignored {
            return Ok(Stretch::Data(end));
        }
        let fd = self.file.as_fd();
        let found = match platform::next_data(fd, self.position) {
            Ok(data) if data > self.position => Ok(Stretch::Hole(data.min(end))),
            Ok(_) => match platform::next_hole(fd, self.position) {
                Ok(hole) if hole > self.position => Ok(Stretch::Data(hole.min(end))),
                // Somebody is punching holes this moment: the end tells.
                Ok(_) | Err(Errno::NXIO) => Ok(Stretch::Data(end)),
                Err(errno) => Err(errno),
            },
            // No more data. Or the file is shorter than it was, which the end tells too.
            Err(Errno::NXIO) => Ok(Stretch::Hole(end)),
            Err(errno) => Err(errno),
        };
        match found {
            Ok(stretch) => Ok(stretch),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                self.holes = Holes::Ignored;
                Ok(Stretch::Data(end))
            }
            Err(errno) => Err(self.failed(errno)),
        }
    }

    fn failed(&self, errno: Errno) -> SourceError {
        SourceError::Read { path: self.path.clone(), source: errno.into() }
    }

    fn changed(&self) -> SourceError {
        SourceError::Changed { path: self.path.clone() }
    }
}

#[cfg(test)]
mod tests;
