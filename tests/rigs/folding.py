#!/usr/bin/python3
"""A file system that cannot tell A.txt from a.txt, nor one Unicode form of a name from another, as on Macs and memory cards.

usage: tests/rigs/folding.py BACKING MOUNTPOINT [links]

Serves the folder BACKING at MOUNTPOINT until standard input ends, then unmounts it. A name keeps the form it was made with,
and is found by every other one. Like FAT it knows no hard links; with "links" it does. It cannot rename without replacing
in one step. Needs python3-fusepy, libfuse2 and root.
"""

import errno
import os
import subprocess
import sys
import threading
import unicodedata

from fusepy import FUSE, FuseOSError, Operations


def folded(name: str) -> str:
    """The form under which names are the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def fields(answer: object, names: str) -> dict:
    """What the system said, as the library wants it."""
    return {name: getattr(answer, name) for name in names.split()}


class Folding(Operations):
    """A folder, passed through to `backing`."""

    def __init__(self, backing: str, links: bool) -> None:
        self.backing = backing
        self.links = links

    def real(self, path: str) -> str:
        """The path behind a name: of the file that it finds, else of the one it would make."""
        real = self.backing
        for name in filter(None, path.split("/")):
            known = os.listdir(real) if os.path.isdir(real) else []
            alike = [there for there in known if folded(there) == folded(name)]
            real = os.path.join(real, *alike[:1] or [name])
        return real

    def free(self, path: str) -> str:
        """The path of a name that must not be taken in any form."""
        real = self.real(path)
        if os.path.lexists(real):
            raise FuseOSError(errno.EEXIST)
        return real

    def getattr(self, path, fh=None):
        return fields(os.lstat(self.real(path)), "st_mode st_nlink st_size st_uid st_gid st_atime st_mtime st_ctime")

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.real(path))]

    def mkdir(self, path, mode):
        os.mkdir(self.free(path), mode)

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def statfs(self, path):
        sizes = "f_bsize f_frsize f_blocks f_bfree f_bavail f_files f_ffree f_namemax"
        return fields(os.statvfs(self.backing), sizes)

    def create(self, path, mode, fi=None):
        return os.open(self.free(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path, flags):
        return os.open(self.real(path), flags & ~(os.O_CREAT | os.O_EXCL))

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self.real(path), length)

    def release(self, path, fh):
        os.close(fh)

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def rename(self, old, new):
        source, target = self.real(old), self.real(new)
        # It replaces, whatever form the other name has.
        if os.path.lexists(target) and target != source:
            os.unlink(target)
        os.rename(source, os.path.join(os.path.dirname(target), os.path.basename(new)))

    def link(self, target, source):
        if not self.links:
            raise FuseOSError(errno.EPERM)
        os.link(self.real(source), self.free(target))

    def unlink(self, path):
        os.unlink(self.real(path))

    def chmod(self, path, mode):
        os.chmod(self.real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.real(path), uid, gid)

    def utimens(self, path, times=None):
        os.utime(self.real(path), times)


def main() -> None:
    """Mounts, serves, and unmounts when nobody holds standard input any more."""
    backing, mountpoint, *options = sys.argv[1:]

    def until_input_ends() -> None:
        sys.stdin.buffer.read()
        subprocess.run(["umount", "--lazy", mountpoint], check=False)

    threading.Thread(target=until_input_ends, daemon=True).start()
    FUSE(Folding(backing, "links" in options), mountpoint, foreground=True, nothreads=True, fsname="folding")


if __name__ == "__main__":
    main()
