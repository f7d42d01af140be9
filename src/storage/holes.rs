//! Runs of zeros, which need not be written: a file has zeros wherever nothing was.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;

use rustix::io::Errno;

use crate::model::size;
use crate::storage::platform;

/// Zeros are looked for in pieces of this size, at offsets that are multiples of it: whole blocks of every file system.
const PIECE: usize = 64 * 1024;

/// What is less (a small file, the end of a chunk) is written: a hole would save nothing.
const MIN_HOLE: usize = 4096;

/// How much is copied at once where the system does not copy by itself.
const COPY_BYTES: usize = 256 * 1024;

static ZEROS: [u8; PIECE] = [0; PIECE];

/// What a run of bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// To be written.
    Bytes,
    /// To be left out.
    Zeros,
}

/// What `bytes` begin with when they stand at `offset`, and how many bytes that is.
pub(super) fn first_run(offset: u64, bytes: &[u8]) -> (Run, usize) {
    let mut first = None;
    let mut end = 0;
    // Only the first piece may begin within a piece of the file.
    let mut room = PIECE - size::at_most(offset % size::from_len(PIECE), PIECE);
    while let Some(rest) = bytes.get(end..).filter(|rest| !rest.is_empty()) {
        let piece = rest.get(..room).unwrap_or(rest);
        let run = what_is(piece);
        if *first.get_or_insert(run) != run {
            break;
        }
        end += piece.len();
        room = PIECE;
    }
    (first.unwrap_or(Run::Bytes), end)
}

fn what_is(piece: &[u8]) -> Run {
    let zeros = ZEROS.get(..piece.len()) == Some(piece);
    if zeros && piece.len() >= MIN_HOLE { Run::Zeros } else { Run::Bytes }
}

/// Copies all of a file into an empty one, and leaves its holes out. For two file systems between which nothing can be
/// renamed.
pub(super) fn copy(from: &File, to: &File) -> Result<(), Errno> {
    let length = from.metadata().map_err(|error| errno(&error))?.len();
    let mut offset = 0;
    while offset < length {
        // Where nobody knows of holes, all of it is one piece.
        let (start, end) = match platform::next_data(from.as_fd(), offset) {
            Ok(start) => (start, platform::next_hole(from.as_fd(), start).unwrap_or(length)),
            Err(Errno::NXIO) => break,
            Err(_) => (offset, length),
        };
        copy_range(from, to, start, end.min(length))?;
        offset = end;
    }
    to.set_len(length).map_err(|error| errno(&error))
}

fn copy_range(from: &File, to: &File, start: u64, end: u64) -> Result<(), Errno> {
    let mut offset = start;
    while offset < end {
        match platform::copy_range(from, to, offset, end - offset) {
            // Shorter than it was, or a file system that cannot: the plain way says which.
            Ok(0) | Err(_) => return copy_plainly(from, to, offset, end),
            Ok(copied) => offset = offset.saturating_add(copied),
        }
    }
    Ok(())
}

fn copy_plainly(from: &File, to: &File, start: u64, end: u64) -> Result<(), Errno> {
    let mut buffer = vec![0; COPY_BYTES];
    let mut offset = start;
    while offset < end {
        let wanted = size::at_most(end - offset, COPY_BYTES);
        let wanted = buffer.get_mut(..wanted).unwrap_or_default();
        let read = from.read_at(wanted, offset).map_err(|error| errno(&error))?;
        if read == 0 {
            return Err(Errno::IO); // somebody cut it off
        }
        let bytes = wanted.get(..read).unwrap_or_default();
        to.write_all_at(bytes, offset).map_err(|error| errno(&error))?;
        offset = offset.saturating_add(size::from_len(read));
    }
    Ok(())
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    fn runs(offset: u64, bytes: &[u8]) -> Vec<(Run, usize)> {
        let (mut runs, mut done) = (Vec::new(), 0);
        while done < bytes.len() {
            let (run, len) = first_run(offset + u64::try_from(done).unwrap(), &bytes[done..]);
            runs.push((run, len));
            done += len;
        }
        runs
    }

    #[test]
    fn whole_pieces_of_zeros_are_runs_of_their_own() {
        let mut bytes = vec![1; 8 * PIECE];
        bytes[2 * PIECE..5 * PIECE].fill(0);
        assert_eq!(
            runs(0, &bytes),
            [(Run::Bytes, 2 * PIECE), (Run::Zeros, 3 * PIECE), (Run::Bytes, 3 * PIECE)]
        );
        // The same run elsewhere: its ends are within pieces that hold bytes as well.
        assert_eq!(
            runs(100, &bytes),
            [(Run::Bytes, 3 * PIECE - 100), (Run::Zeros, 2 * PIECE), (Run::Bytes, 3 * PIECE + 100)]
        );
    }

    #[test]
    fn zeros_that_are_too_few_are_bytes() {
        assert_eq!(runs(0, &[0; 4095]), [(Run::Bytes, 4095)]);
        assert_eq!(runs(0, &[0; 4096]), [(Run::Zeros, 4096)]);
        assert_eq!(first_run(7, &[]), (Run::Bytes, 0));
        assert_eq!(runs(u64::MAX - 10, &[0; 8]), [(Run::Bytes, 8)]);
    }

    #[test]
    fn a_copy_has_the_bytes_the_length_and_the_holes() {
        let (from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all_at(b"middle", 5 << 20).unwrap();
        from.write_all_at(&vec![7; 300_000], 9 << 20).unwrap();
        from.set_len(64 << 20).unwrap();
        copy(&from, &to).unwrap();
        let metadata = to.metadata().unwrap();
        assert_eq!(metadata.len(), 64 << 20);
        assert!(metadata.blocks() * 512 < 2 << 20, "{}", metadata.blocks());
        let mut read = [1; 12];
        to.read_exact_at(&mut read, (5 << 20) - 3).unwrap();
        assert_eq!(&read, b"\0\0\0middle\0\0\0");
        to.read_exact_at(&mut read, (9 << 20) + 299_991).unwrap();
        assert_eq!(read, [7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0]);
    }

    #[test]
    fn an_empty_file_and_the_plain_way_are_copied_too() {
        let (from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        copy(&from, &to).unwrap();
        assert_eq!(to.metadata().unwrap().len(), 0);
        from.write_all_at(&vec![3; 600_001], 0).unwrap();
        copy_plainly(&from, &to, 0, 600_001).unwrap();
        let mut read = vec![0; 600_001];
        to.read_exact_at(&mut read, 0).unwrap();
        assert!(read == vec![3; 600_001]);
        assert_eq!(copy_plainly(&from, &to, 600_000, 600_002), Err(Errno::IO));
    }
}
