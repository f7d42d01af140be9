"""The comparison with other programs: the same source by all of them, in turns."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import report
from measured import Failed, wait_for_all
from peers import FILE_PEERS, TREE_PEERS, Peer
from place import Missing, Place, Transfer
from report import Result, Run
from sources import Source, random_file, small_tree


@dataclass(frozen=True)
class Comparison:
    """What is moved, and by whom."""

    # Makes the source there, of so many bytes or files.
    make: Callable[[Path, int], Source]
    amount: int
    runs: int
    among: list[Peer]
    # Whom Sampan is held against: how many times their rate it wants to reach. The table has a column for each.
    goals: dict[str, float]
    peak_bytes: int | None = None
    # Names of peers; empty means all.
    names: tuple[str, ...] = ()

    def text(self, only: str, place: Place, amount: int, runs: int | None) -> str:
        """Measures. Gives the section of the document."""
        peers, runs = self.chosen(only), runs or self.runs
        source = self.make(place.source, amount)
        results = measure_all(peers, runs, place, source)
        counted = "one run" if runs == 1 else f"the median of {runs} runs"
        how = f"{counted}, the peers taking turns, after one round that is not counted"
        versions = [report.version(result.peer.version) for result in results if result.runs and result.peer.version]
        return "\n\n".join(
            [
                report.circumstances(source.words, how, place, versions),
                report.table(results, source.size, list(self.goals)),
                report.goals(results, self.goals, self.peak_bytes),
            ]
        )

    def chosen(self, only: str) -> list[Peer]:
        """The peers of this run. Ends the program when a name is unknown."""
        names = [name.strip() for name in only.split(",") if name.strip()] or list(self.names)
        known = {peer.name for peer in self.among}
        unknown = [name for name in names if name not in known]
        if unknown:
            sys.exit(f"no such peer: {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
        return [peer for peer in self.among if not names or peer.name in names]


# On two cores over loopback, encrypted and verified.
FILE_GOALS = {"scp": 2.2, "rsync daemon": 1.0}
FILE_PEAK_BYTES = 40_000_000

COMPARISONS = {
    "big": Comparison(random_file, 1 << 30, 5, FILE_PEERS, FILE_GOALS, FILE_PEAK_BYTES),
    # Memory is the question here, so only the nearest relatives run.
    "disk8g": Comparison(random_file, 8 << 30, 1, FILE_PEERS, FILE_GOALS, FILE_PEAK_BYTES, ("sampan", "scp", "rsync daemon")),
    "small": Comparison(
        small_tree,
        10_000,
        15,  # some tenths of a second each: the median of five came to anything from 0.95 to 1.18 times the rsync daemon
        TREE_PEERS,
        {"rsync daemon": 1.0, "rsync over ssh": 1.0},
        names=(
            *("sampan", "cp -r", "tar through nc", "rsync daemon", "rsync over ssh", "scp -r"),
            *("magic-wormhole (Python)", "sendme"),
        ),
    ),
    # What is durable when it is called delivered is the question here: the others don't wait for the disk.
    "small-disk": Comparison(
        small_tree,
        10_000,
        3,
        TREE_PEERS,
        {"rsync --fsync daemon": 1.0, "rsync over ssh": 1.0},
        names=("sampan", "cp -r", "rsync daemon", "rsync --fsync daemon", "rsync over ssh"),
    ),
}


def measure(start: Callable[[Place], Transfer], place: Place, source: Source) -> Run:
    """One transfer into the target folder as it is. Raises Missing or Failed."""
    os.sync()  # what an earlier run left to write is not charged to this one
    transfer = start(place)
    sides = transfer.sides()
    try:
        ended = wait_for_all(transfer.must_end, sides, source.limit_seconds())
    except Failed as failed:
        raise Failed(f"{failed}{transfer.complaints()}") from failed
    finally:
        for side in sides:
            side.stop()
    if not source.arrived(place.target):
        raise Failed("what arrived is not what was sent")
    if any(place.target.glob(".sampan-*")):
        raise Failed("something is left over beside what arrived")
    return Run(
        seconds=ended - transfer.began,
        cpu_seconds=sum(side.cpu_seconds for side in sides),
        sender_peak_bytes=transfer.sender.peak_bytes,
        receiver_peak_bytes=transfer.receiver.peak_bytes if transfer.receiver else 0,
    )


def measure_all(peers: list[Peer], runs: int, place: Place, source: Source) -> list[Result]:
    """All peers in turns, so that a machine that slows down for a while slows all of them; the first round does not count."""
    results = [Result(peer) for peer in peers]
    for turn in range(runs + 1):
        for result in results:
            if result.trouble:
                continue
            place.clear_target()
            try:
                run = measure(result.peer.start, place, source)
            except (Missing, Failed) as trouble:
                result.trouble = str(trouble)
                result.runs.clear()
                print(f"{result.peer.name}: not run: {trouble}", file=sys.stderr)
                continue
            report.tell(result.peer.name, run, turn, runs)
            if turn:
                result.runs.append(run)
    return results
