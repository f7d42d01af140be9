#!/usr/bin/env python3
"""Sets Sampan beside the tools people use: time, processor time and peak memory of moving one file over loopback.

    benches/compare/run.py                      1 GiB in memory (tmpfs), all peers that are installed, 5 runs
    benches/compare/run.py --case disk8g        8 GiB on a disk: memory must not grow with the file

Writes the table into docs/benchmarks.md, between its marker comments. Needs Linux, Python 3, and the release build
(cargo build --release --locked). Peers from Debian: rsync openssh-server openssh-client netcat-openbsd socat; from PyPI:
magic-wormhole magic-wormhole-mailbox-server magic-wormhole-transit-relay; from crates.io: sendme, magic-wormhole-cli (as
wormhole-rs). What is not installed is named and passed over. No host outside this machine is talked to.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True  # no cache folders beside the sources

import report
from measured import Failed, wait_for_all
from peers import PEERS, Missing, Peer, Place, Transfer
from report import Result, Run

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
MIB = 1 << 20

# The slowest rate that is waited for, in bytes a second: below it something hangs.
SLOWEST_RATE = 10_000_000


@dataclass(frozen=True)
class Case:
    """What is moved, by whom and where."""

    size: int
    runs: int
    # Names of peers; empty means all.
    peers: tuple[str, ...]
    on_disk: bool


CASES = {
    "big": Case(size=1 << 30, runs=5, peers=(), on_disk=False),
    # Memory is the question here, so only the nearest relatives run.
    "disk8g": Case(size=8 << 30, runs=1, peers=("sampan", "scp", "rsync daemon"), on_disk=True),
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=sorted(CASES), default="big")
    parser.add_argument("--runs", type=int, help="counted runs of each peer")
    parser.add_argument("--only", default="", metavar="NAME,...", help="only these peers")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where files are (default: tmpfs; disk8g: the target folder)")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="a folder of programs to look in before PATH")
    parser.add_argument("--sampan", type=Path, metavar="FILE", help="the program (default: the release build)")
    parser.add_argument("--mib", type=int, help="another size of the file, for a trial; prints only")
    parser.add_argument("--print-only", action="store_true", help="leave docs/benchmarks.md alone")
    return parser.parse_args()


def target_folder() -> Path:
    """Cargo's target folder."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--manifest-path", str(ROOT / "Cargo.toml")]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return Path(json.loads(said)["target_directory"])


def make_source(path: Path, size: int) -> None:
    """A file of random bytes: nothing in it can be compressed or left out."""
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))


def arrived_whole(place: Place) -> bool:
    """Whether the target folder holds the source's bytes, under whatever name."""
    size = place.source.stat().st_size
    files = [path for path in place.target.rglob("*") if path.is_file() and path.stat().st_size == size]
    return any(subprocess.run(["cmp", "--silent", path, place.source], check=False).returncode == 0 for path in files)


def measure(peer: Peer, place: Place) -> Run:
    """One transfer. Raises Missing or Failed."""
    place.clear_target()
    os.sync()  # what an earlier run left to write is not charged to this one
    transfer: Transfer = peer.start(place)
    sides = transfer.sides()
    try:
        limit = 60 + place.source.stat().st_size / SLOWEST_RATE
        ended = wait_for_all(transfer.must_end, sides, limit)
    finally:
        for side in sides:
            side.stop()
    if not arrived_whole(place):
        raise Failed("what arrived is not what was sent")
    return Run(
        seconds=ended - transfer.began,
        cpu_seconds=sum(side.cpu_seconds for side in sides),
        sender_peak_bytes=transfer.sender.peak_bytes,
        receiver_peak_bytes=transfer.receiver.peak_bytes if transfer.receiver else 0,
    )


def measure_all(peers: list[Peer], runs: int, place: Place) -> list[Result]:
    """All peers in turns, so that a machine that slows down for a while slows all of them; the first round does not count."""
    results = [Result(peer) for peer in peers]
    for turn in range(runs + 1):
        for result in results:
            if result.trouble:
                continue
            try:
                run = measure(result.peer, place)
            except (Missing, Failed) as trouble:
                result.trouble = str(trouble)
                result.runs.clear()
                print(f"{result.peer.name}: not run: {trouble}", file=sys.stderr)
                continue
            counted = f"run {turn} of {runs}" if turn else "first round"
            print(f"{result.peer.name}: {run.seconds:.2f} s ({counted})", file=sys.stderr)
            if turn:
                result.runs.append(run)
    return results


def chosen_peers(case: Case, only: str) -> list[Peer]:
    """The peers of this run. Ends the program when a name is unknown."""
    names = [name.strip() for name in only.split(",") if name.strip()] or list(case.peers)
    known = {peer.name for peer in PEERS}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no such peer: {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    return [peer for peer in PEERS if not names or peer.name in names]


def work_folder(case: Case, wanted: Path | None, size: int) -> Path:
    """A new folder for all files. Ends the program when the source and one copy have no room there."""
    parent = wanted or (target_folder() if case.on_disk else Path("/dev/shm"))
    parent.mkdir(parents=True, exist_ok=True)
    needed, free = 2 * size + 64 * MIB, shutil.disk_usage(parent).free
    if free < needed:
        sys.exit(f"{parent} has {free / 2**30:.1f} GiB free, {needed / 2**30:.1f} are needed: choose another with --work")
    return Path(tempfile.mkdtemp(prefix="compare-", dir=parent))


def main() -> None:
    """Measures, prints, and writes the table."""
    options = arguments()
    case = CASES[options.case]
    size = options.mib * MIB if options.mib else case.size
    runs = options.runs or case.runs
    if options.tools:
        os.environ["PATH"] = f"{options.tools.resolve()}:{os.environ['PATH']}"
    sampan = (options.sampan or target_folder() / "release" / "sampan").resolve()
    peers = chosen_peers(case, options.only)
    folder = work_folder(case, options.work, size)
    place = Place(folder, folder / "source.bin", sampan)
    try:
        make_source(place.source, size)
        results = measure_all(peers, runs, place)
        text = "\n\n".join(
            [
                report.circumstances(results, size, runs, folder, sampan),
                report.table(results, size),
                report.goals(results),
            ]
        )
    finally:
        place.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    if options.mib or options.print_only:
        print("\ndocs/benchmarks.md is left alone", file=sys.stderr)
    else:
        report.into_document(DOCUMENT, options.case, text)


if __name__ == "__main__":
    main()
