//! Room for many open files, made while that costs nothing.

use std::io;

/// As many as are open at once where much is going on: files that are compared or written, and their folders.
const MOST: i32 = 1024;

/// Makes this process's table of open files large at once; to be called before there are threads. It grows by doubling
/// otherwise, and where there are threads Linux then waits until all processors took notice: some 10 ms each time, in the
/// middle of a transfer. Where fewer files are allowed it stays as it is.
pub fn make_room_for_open_files() {
    // The highest number that the table shall have a place for, taken and let go of.
    rustix::io::fcntl_dupfd_cloexec(io::stdin(), MOST - 1).ok();
}
