"""Whether time grows no faster than the number of files, and memory hardly: up to a million of them."""

from __future__ import annotations

import statistics

import report
from compared import measure
from place import Place
from report import Goal, Run
from sides import sampan
from sources import SAMPLE, tiny_tree

# What each tree is of the largest, and how often it is sent: the smaller ones are over too soon for one run to say much.
STEPS = {0.01: 5, 0.1: 3, 1.0: 1}

# How much longer a file may take in the largest tree than in the smallest.
MOST_GROWTH = 1.2
PEAK_BYTES = 150_000_000

# Files, that a time a file can be read.
UNIT = 10_000


def million(place: Place, files: int, runs: int | None) -> str:
    """Trees of tiny files, each ten times the one before. A run more of the first that does not count."""
    sizes = {int(files * share): runs or count for share, count in STEPS.items()}
    measured: dict[int, list[Run]] = {}
    for number, (size, count) in enumerate(sizes.items()):
        source = tiny_tree(place.source, size)
        measured[size] = []
        for turn in range(1 if number else 0, count + 1):
            place.clear_target()
            run = measure(sampan, place, source)
            report.tell(f"{size:,} files", run, turn, count)
            if turn:
                measured[size].append(run)
    return text(place, measured)


def per_unit(runs: list[Run], size: int) -> float:
    """The median time, in seconds for so many files as a unit has."""
    return statistics.median(run.seconds for run in runs) / size * UNIT


def text(place: Place, measured: dict[int, list[Run]]) -> str:
    """The section of the document."""
    heads = ["files", "runs", "seconds (least – most)", f"s for {UNIT:,} files", f"CPU s for {UNIT:,} files", "peak MB, send / receive"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---:|" * len(heads)]
    for size, runs in measured.items():
        cells = [
            f"{size:,}",
            str(len(runs)),
            report.spread(runs),
            f"{per_unit(runs, size):.2f}",
            f"{report.cpu(runs) / size * UNIT:.2f}",
            report.peaks(runs),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    least, most = min(measured), max(measured)
    growth = per_unit(measured[most], most) / per_unit(measured[least], least)
    goals = [
        Goal(f"a file of {most:,} takes at most {MOST_GROWTH:.1f} × as long as one of {least:,}", f"{growth:.2f} ×", growth <= MOST_GROWTH),
        report.peak_goal([run for runs in measured.values() for run in runs], PEAK_BYTES),
    ]
    compared = f"Of what arrived, all names and sizes and the contents of every {SAMPLE}th file were compared with the source."
    what, how = "files of a few bytes, 1,000 a folder", "the median of the runs, after one that is not counted"
    return "\n\n".join(
        [report.circumstances(what, how, place, [], compared), "\n".join(lines), report.goal_table(goals)]
    )
