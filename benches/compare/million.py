"""Whether time grows no faster than the number of files, and memory hardly: up to a million of them."""

from __future__ import annotations

import statistics

import report
from compared import measure
from peers import cp
from place import Place
from report import Goal, Run
from sides import sampan
from sources import SAMPLE, tiny_tree
from warm import warm_memory

# What each tree is of the largest, and how often it is sent: the smaller ones are over too soon for one run to say much.
STEPS = {0.01: 5, 0.1: 3, 1.0: 1}

# How much longer a file may take in the largest tree than in the smallest. A plain copy takes longer as well, because the
# system's own tables grow: so it is told by itself, and beside that copy.
MOST_GROWTH = 1.2
PEAK_BYTES = 150_000_000

# What a tiny file takes of the memory behind a file system: a page, and the system's own records of it.
FILE_BYTES = 6000

# Files, that a time a file can be read.
UNIT = 10_000


def million(place: Place, files: int, runs: int | None) -> str:
    """Trees of tiny files, each ten times the one before, sent and copied in turns. A round more of each that does not count."""
    sizes = {int(files * share): runs or count for share, count in STEPS.items()}
    sent: dict[int, list[Run]] = {}
    copied: dict[int, list[Run]] = {}
    for size, count in sizes.items():
        source = tiny_tree(place.source, size)
        sent[size], copied[size] = [], []
        for turn in range(count + 1):
            for name, program, runs_of in (("sent", sampan, sent), ("copied", cp, copied)):
                place.clear_target()
                with warm_memory(size * FILE_BYTES):
                    run = measure(program, place, source)
                report.tell(f"{size:,} files {name}", run, turn, count)
                if turn:
                    runs_of[size].append(run)
    return text(place, sent, copied)


def seconds(runs: list[Run]) -> float:
    """The median time."""
    return statistics.median(run.seconds for run in runs)


def growth(runs: dict[int, list[Run]]) -> float:
    """How many times as long a file takes in the largest tree as in the smallest."""
    least, most = min(runs), max(runs)
    return seconds(runs[most]) / most / (seconds(runs[least]) / least)


def text(place: Place, sent: dict[int, list[Run]], copied: dict[int, list[Run]]) -> str:
    """The section of the document."""
    heads = [
        "files", "runs", "seconds (least – most)", f"s for {UNIT:,} files", f"`cp -r`: s for {UNIT:,} files", "× `cp -r`",
        f"CPU s for {UNIT:,} files", "peak MB, send / receive",
    ]
    lines = [f"| {' | '.join(heads)} |", "|" + "---:|" * len(heads)]
    for size, runs in sent.items():
        cells = [
            f"{size:,}",
            str(len(runs)),
            report.spread(runs),
            f"{seconds(runs) / size * UNIT:.2f}",
            f"{seconds(copied[size]) / size * UNIT:.2f}",
            f"{seconds(runs) / seconds(copied[size]):.1f}",
            f"{report.cpu(runs) / size * UNIT:.2f}",
            report.peaks(runs),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    least, most = min(sent), max(sent)
    alone, beside = growth(sent), growth(sent) / growth(copied)
    longer = f"a file of {most:,} takes at most {MOST_GROWTH:.1f} × as long as one of {least:,}"
    goals = [
        Goal(longer, f"{alone:.2f} ×", alone <= MOST_GROWTH),
        Goal(f"the same beside `cp -r`, of which one takes {growth(copied):.2f} × as long", f"{beside:.2f} ×", beside <= MOST_GROWTH),
        report.peak_goal([run for runs in sent.values() for run in runs], PEAK_BYTES),
    ]
    compared = f"Of what arrived, all names and sizes and the contents of every {SAMPLE}th file were compared with the source."
    what, how = "files of a few bytes, 1,000 a folder", "the median of the runs, after one of each that is not counted"
    return "\n\n".join(
        [report.circumstances(what, how, place, [], compared), "\n".join(lines), report.goal_table(goals)]
    )
