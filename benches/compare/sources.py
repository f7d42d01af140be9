"""What is moved: how it is made, how large it is, and how what arrived is held against it."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20

# The slowest rates that are waited for, in bytes and in files a second: below them something hangs.
SLOWEST_RATE = 10_000_000
SLOWEST_FILES = 200

# The same tree each time: its sizes are drawn from this seed.
SEED = 7

# Of the tiny files every so many are compared byte by byte, of the others the names and sizes.
SAMPLE = 97


@dataclass(frozen=True)
class Source:
    """A file or a tree."""

    path: Path
    size: int
    files: int
    # As the document calls it.
    words: str
    # Whether a target folder holds all of it.
    arrived: Callable[[Path], bool]

    def limit_seconds(self) -> float:
        """How long a transfer of it is waited for."""
        return 60 + self.size / SLOWEST_RATE + self.files / SLOWEST_FILES


def random_file(path: Path, size: int) -> Source:
    """A file of random bytes: nothing in it can be compressed or left out."""
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    return Source(path, size, 1, f"one random file of {size / 2**30:g} GiB", lambda target: holds_file(path, target))


def holds_file(path: Path, target: Path) -> bool:
    """Whether the target folder holds the file's bytes, under whatever name."""
    size = path.stat().st_size
    files = [found for found in target.rglob("*") if found.is_file() and found.stat().st_size == size]
    return any(subprocess.run(["cmp", "--silent", found, path], check=False).returncode == 0 for found in files)


def small_tree(path: Path, files: int) -> Source:
    """Random files in folders of a hundred, most of them of some kilobytes, some of a hundred and more."""
    drawn, size = random.Random(SEED), 0
    for number in range(files):
        folder = path / f"d{number // 100:03}"
        folder.mkdir(parents=True, exist_ok=True)
        contents = os.urandom(int(min(200_000, drawn.lognormvariate(8.3, 1.2))))
        (folder / f"f{number:05}.txt").write_bytes(contents)
        size += len(contents)
    words = f"{files:,} small files in folders of 100, {size / 1e6:.0f} MB in all (sizes log-normal around 4 KB)"
    return Source(path, size, files, words, lambda target: holds_tree(path, target))


def holds_tree(path: Path, target: Path) -> bool:
    """Whether the target folder holds the tree under its own name, and nothing more in it."""
    command = ["diff", "-r", "--no-dereference", "--brief", path, target / path.name]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def tiny_tree(path: Path, files: int) -> Source:
    """Files of a few bytes, a thousand a folder. A smaller tree that is there already becomes the larger one."""
    for number in range(0, files, 1000):
        folder = path / f"d{number // 1000:04}"
        folder.mkdir(parents=True, exist_ok=True)
        there = len(os.listdir(folder))
        for name in range(number + there, min(files, number + 1000)):
            (folder / f"f{name:07}").write_bytes(b"%d\n" % name)
    size = sum(len(b"%d\n" % name) for name in range(files))
    return Source(path, size, files, f"{files:,} files of a few bytes", lambda target: holds_tiny_tree(path, target, files))


def holds_tiny_tree(path: Path, target: Path, files: int) -> bool:
    """Whether the same names and sizes are there, and as many as there should be, and a sample has the same bytes."""
    count = 0
    for folder in sorted(os.listdir(path)):
        one, other = path / folder, target / path.name / folder
        if not other.is_dir() or listed(one) != listed(other):
            return False
        names = sorted(os.listdir(one))
        count += len(names)
        if any((one / name).read_bytes() != (other / name).read_bytes() for name in names[::SAMPLE]):
            return False
    return count == files and len(os.listdir(path)) == len(os.listdir(target / path.name))


def listed(folder: Path) -> set[tuple[str, int]]:
    """The names in a folder, with the files' sizes."""
    with os.scandir(folder) as entries:
        return {(entry.name, entry.stat(follow_symlinks=False).st_size) for entry in entries}


def sparse_file(path: Path, size: int, pieces: int) -> Source:
    """A file of holes with a random mebibyte at a few places, its last byte in a hole."""
    with path.open("wb") as file:
        for number in range(pieces):
            file.seek(size // pieces * number)
            file.write(os.urandom(MIB))
        file.truncate(size)
    words = f"one file of {size / 2**30:g} GiB, holes but for {pieces} random MiB"
    return Source(path, size, 1, words, lambda target: is_same_sparse(path, target / path.name))


def is_same_sparse(one: Path, other: Path) -> bool:
    """Whether two files have the same bytes, and no hole was filled. Reads no hole: what neither file stores is zeros."""
    if not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    if other.stat().st_blocks > one.stat().st_blocks * 1.1 + MIB // 512:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        for start, end in [*stored(first.fileno()), *stored(second.fileno())]:
            for offset in range(start, end, MIB):
                length = min(MIB, end - offset)
                if os.pread(first.fileno(), length, offset) != os.pread(second.fileno(), length, offset):
                    return False
    return True


def stored(file: int) -> Iterator[tuple[int, int]]:
    """The ranges of a file that are no holes."""
    end = 0
    while True:
        try:
            start = os.lseek(file, end, os.SEEK_DATA)
        except OSError:
            return  # there is no more
        end = os.lseek(file, start, os.SEEK_HOLE)
        yield start, end
