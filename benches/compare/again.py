"""What was sent before and is sent again: interrupted near its end, or arrived and unchanged."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import report
from compared import measure
from measured import POLL_SECONDS, Failed
from place import Place
from report import Goal, Run
from sides import complaints, sampan, start_receiver, start_sender
from sources import Source, random_file, small_tree

# How much of the file is there when the receiver is killed, and how much of it may be by the time it is dead.
SHARE = 0.90
LATE_SHARE = 0.95

# What the second send may cost of the first.
RESUME_GOAL = 0.65
IDENTICAL_GOAL = 0.50

RUNS = 5

# Of half a second: the median of five came to anything from 46 to 51 % in a row, on a machine with other guests.
SHORT_RUNS = 25


def resume(place: Place, size: int, runs: int | None) -> str:
    """A file sent whole, and sent again when most of it is there."""
    runs = runs or RUNS
    source = random_file(place.source, size)
    shares: list[float] = []

    def interrupted() -> None:
        place.clear_target()
        shares.append(interrupt(place, source))

    whole, rest = in_turns(place, source, runs, (place.clear_target, interrupted), ("whole", "resumed"))
    share = statistics.median(shares[1:])
    return text(place, source, (whole, rest), ("sent whole", f"resumed with {share:.1%} of it there"), RESUME_GOAL)


def identical(place: Place, files: int, runs: int | None) -> str:
    """A tree sent to who has nothing of it, and to who has all of it."""
    source = small_tree(place.source, files)
    first, again = in_turns(place, source, runs or SHORT_RUNS, (place.clear_target, leave_it), ("sent", "sent again"))
    return text(place, source, (first, again), ("sent to an empty folder", "sent again, all of it there"), IDENTICAL_GOAL)


def leave_it() -> None:
    """The target folder stays as the send before left it."""


def in_turns(
    place: Place, source: Source, runs: int, prepare: tuple[Callable[[], None], ...], names: tuple[str, ...]
) -> tuple[list[Run], ...]:
    """Both kinds of send in turns, each after its preparation; the first round does not count."""
    counted: tuple[list[Run], ...] = tuple([] for _ in prepare)
    for turn in range(runs + 1):
        for before, name, kept in zip(prepare, names, counted, strict=True):
            before()
            run = measure(sampan, place, source)
            report.tell(name, run, turn, runs)
            if turn:
                kept.append(run)
    return counted


def interrupt(place: Place, source: Source) -> float:
    """Kills the receiver in the middle of a transfer. Gives the share of the file that it left as a part. Raises Failed."""
    receiver = start_receiver(place)
    sender = start_sender(place, receiver)
    limit = time.monotonic() + source.limit_seconds()
    try:
        while part_bytes(place.target) < source.size * SHARE:
            if sender.has_ended() or receiver.program.has_ended() or time.monotonic() > limit:
                raise Failed(f"the transfer was over before it could be interrupted{complaints(place)}")
            time.sleep(POLL_SECONDS)
        receiver.program.kill()
        while not sender.has_ended():
            if time.monotonic() > limit:
                raise Failed("the sender did not see that the receiver is gone")
            time.sleep(POLL_SECONDS)
    finally:
        sender.stop()
        receiver.program.stop()
    share = part_bytes(place.target) / source.size
    if not SHARE <= share <= LATE_SHARE:
        raise Failed(f"the receiver left {share:.1%} of the file: take a larger one with --mib")
    return share


def part_bytes(target: Path) -> int:
    """The length of the part that a receiver has begun, or 0."""
    try:
        return sum(path.stat().st_size for path in target.glob(".sampan-*/*.part"))
    except FileNotFoundError:
        return 0  # it got its name between two looks


def text(place: Place, source: Source, runs: tuple[list[Run], ...], names: tuple[str, ...], most: float) -> str:
    """The section of the document."""
    first, again = (statistics.median(run.seconds for run in some) for some in runs)
    lines = ["| | seconds (least – most) | CPU s, both sides | peak MB, send / receive |", "|---|---:|---:|---:|"]
    for name, some in zip(names, runs, strict=True):
        lines.append(f"| {name} | {report.spread(some)} | {report.cpu(some):.2f} | {report.peaks(some)} |")
    goal = Goal(f"the second at most {most:.0%} of the time of the first", f"{again / first:.0%}", again <= most * first)
    how = f"the median of {len(runs[0])} runs of each, in turns, after one round that is not counted"
    return "\n\n".join([report.circumstances(source.words, how, place, []), "\n".join(lines), report.goal_table([goal])])
