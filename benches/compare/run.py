#!/usr/bin/env python3
"""Sets Sampan beside the tools people use, and beside itself: time, processor time and peak memory over loopback.

    benches/compare/run.py                      1 GiB in memory (tmpfs), all peers that are installed, 5 runs
    benches/compare/run.py --case disk8g        8 GiB on a disk: memory must not grow with the file
    benches/compare/run.py --case small         10,000 small files in memory, all peers that move folders
    benches/compare/run.py --case small-disk    the same on a disk, beside an rsync that syncs
    benches/compare/run.py --case million       up to 1,000,000 tiny files: time a file, and memory
    benches/compare/run.py --case sparse        64 GiB of holes: time beside that of hashing them, and memory
    benches/compare/run.py --case resume        1 GiB whole, and when 90 % of it is there
    benches/compare/run.py --case identical     10,000 small files, and again when all of them are there

Writes the table into docs/benchmarks.md, between its marker comments. Needs Linux, Python 3, and the release build
(cargo build --release --locked). Peers from Debian: rsync openssh-server openssh-client netcat-openbsd socat; from PyPI:
magic-wormhole magic-wormhole-mailbox-server magic-wormhole-transit-relay; from crates.io: sendme, magic-wormhole-cli (as
wormhole-rs). What is not installed is named and passed over. No host outside this machine is talked to.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

sys.dont_write_bytecode = True  # no cache folders beside the sources

import report
from again import identical, resume
from compared import COMPARISONS
from measured import Failed
from million import million
from place import Missing, Place
from sources import MIB
from sparse import sparse

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
MEMORY = Path("/dev/shm")

# What a file of a tree takes of a file system: its bytes, what is lost in its last block, its name and its inode.
TINY_BYTES = 6 * 1024
SMALL_BYTES = 14 * 1024


class Unit(Enum):
    """What the size of a source is counted in."""

    BYTES = "--mib"
    FILES = "--files"


@dataclass(frozen=True)
class Case:
    """What is measured, and where."""

    # Measures; gives the section of the document. Its arguments: the amount, another number of runs.
    text: Callable[[Place, int, int | None], str]
    amount: int
    unit: Unit
    # What a unit of the source takes of a file system.
    bytes_each: int = 1
    on_disk: bool = False


def cases(only: str) -> dict[str, Case]:
    """All cases. Of those with peers `only` these peers."""

    def beside(name: str, unit: Unit, bytes_each: int, on_disk: bool) -> Case:
        comparison = COMPARISONS[name]
        return Case(partial(comparison.text, only), comparison.amount, unit, bytes_each, on_disk)

    return {
        "big": beside("big", Unit.BYTES, 1, on_disk=False),
        "disk8g": beside("disk8g", Unit.BYTES, 1, on_disk=True),
        "small": beside("small", Unit.FILES, SMALL_BYTES, on_disk=False),
        "small-disk": beside("small-disk", Unit.FILES, SMALL_BYTES, on_disk=True),
        "million": Case(million, 1_000_000, Unit.FILES, TINY_BYTES),
        "sparse": Case(sparse, 64 << 30, Unit.BYTES, 0),
        "resume": Case(resume, 1 << 30, Unit.BYTES),
        "identical": Case(identical, 10_000, Unit.FILES, SMALL_BYTES),
    }


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=sorted(cases("")), default="big")
    parser.add_argument("--runs", type=int, help="counted runs of each")
    parser.add_argument("--only", default="", metavar="NAME,...", help="only these peers")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where files are (default: tmpfs, or the target folder for disks)")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="a folder of programs to look in before PATH")
    parser.add_argument("--sampan", type=Path, metavar="FILE", help="the program (default: the release build)")
    parser.add_argument("--mib", type=int, help="another size of the file, for a trial; prints only")
    parser.add_argument("--files", type=int, help="another number of files of a tree, for a trial; prints only")
    parser.add_argument("--print-only", action="store_true", help="leave docs/benchmarks.md alone")
    return parser.parse_args()


def target_folder() -> Path:
    """Cargo's target folder."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--manifest-path", str(ROOT / "Cargo.toml")]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return Path(json.loads(said)["target_directory"])


def lacking(parent: Path, needed_bytes: int, needed_files: int) -> str:
    """What the file system of a folder has too little of, or nothing."""
    system = os.statvfs(parent)
    free = system.f_bavail * system.f_frsize
    if parent.is_relative_to(MEMORY):
        available = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())
        free = min(free, int(available.group(1)) * 1024)
    if free < needed_bytes:
        return f"{parent} has {free / 2**30:.1f} GiB free, {needed_bytes / 2**30:.1f} are needed"
    # A file system that does not count inodes has none by its own account.
    if system.f_files and system.f_favail < needed_files:
        return f"{parent} has room for {system.f_favail:,} files, {needed_files:,} are needed"
    return ""


def work_folder(case: Case, amount: int, wanted: Path | None) -> Path:
    """A new folder for all files. Ends the program when the source and one copy have no room there.

    What belongs in memory and has no room there goes to the disk; the document says where it was.
    """
    needed_bytes = 2 * amount * case.bytes_each + 64 * MIB
    needed_files = 2 * amount + 10_000 if case.unit is Unit.FILES else 100
    parents = [wanted] if wanted else [target_folder()] if case.on_disk else [MEMORY, target_folder()]
    for parent in parents:
        parent.mkdir(parents=True, exist_ok=True)
        trouble = lacking(parent.resolve(), needed_bytes, needed_files)
        if not trouble:
            return Path(tempfile.mkdtemp(prefix="compare-", dir=parent))
        print(trouble, file=sys.stderr)
    sys.exit("choose another folder with --work")


def main() -> None:
    """Measures, prints, and writes the table."""
    options = arguments()
    case = cases(options.only)[options.case]
    trial = {Unit.BYTES: options.mib and options.mib * MIB, Unit.FILES: options.files}
    amount = trial.pop(case.unit)
    if any(trial.values()):
        sys.exit(f"the size of {options.case} is set with {case.unit.value}")
    if options.tools:
        os.environ["PATH"] = f"{options.tools.resolve()}:{os.environ['PATH']}"
    sampan = (options.sampan or target_folder() / "release" / "sampan").resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind then either
    folder = work_folder(case, amount or case.amount, options.work)
    place = Place(folder, folder / "source", sampan)
    try:
        text = case.text(place, amount or case.amount, options.runs)
    except (Missing, Failed) as trouble:
        sys.exit(f"not measured: {trouble}")
    finally:
        place.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    if amount or options.print_only:
        print("\ndocs/benchmarks.md is left alone", file=sys.stderr)
    else:
        report.into_document(DOCUMENT, options.case, text)


if __name__ == "__main__":
    main()
