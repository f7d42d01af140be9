"""A file that is holes nearly all over: neither its length in memory nor in time beyond what its hash needs."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

import report
from compared import measure
from measured import Failed, Measured, wait_for_all
from place import Place
from report import Goal, Run
from sides import home_of, lines_of, sampan
from sources import Source, sparse_file

PIECES = 8
RUNS = 3

# Beside what reading and hashing so many bytes takes.
MOST_TIMES = 1.3
PEAK_BYTES = 40_000_000


def sparse(place: Place, size: int, runs: int | None) -> str:
    """The file sent, and the file that arrived verified, in turns; the first round does not count."""
    runs = runs or RUNS
    source = sparse_file(place.source, size, PIECES)
    sent: list[Run] = []
    hashed: list[Run] = []
    for turn in range(runs + 1):
        place.clear_target()
        sending = measure(sampan, place, source)
        report.tell("sent", sending, turn, runs)
        hashing = verify(place, source)
        report.tell("verified", hashing, turn, runs)
        if turn:
            sent.append(sending)
            hashed.append(hashing)
    return text(place, source, sent, hashed)


def verify(place: Place, source: Source) -> Run:
    """`sampan verify` of what arrived: one thread reads the whole file and hashes it. Raises Failed."""
    receipt = exported_receipt(place)
    began = time.monotonic()
    program = Measured([str(place.sampan), "verify", str(receipt), str(place.target)])
    try:
        ended = wait_for_all([program], [program], source.limit_seconds())
    finally:
        program.stop()
    return Run(ended - began, program.cpu_seconds, program.peak_bytes, 0)


def exported_receipt(place: Place) -> Path:
    """The receiver's receipt of the last transfer, as a file. Raises Failed."""
    lines = [json.loads(line) for line in lines_of(place, "receiver").read_text().splitlines()]
    transfer = next(line["id"] for line in lines if line["event"] == "offer")
    folder = place.folder / "receipts"
    folder.mkdir(exist_ok=True)
    program = Measured([str(place.sampan), "receipts", transfer, "--to", str(folder)], env=home_of(place, "receiver"))
    try:
        wait_for_all([program], [program], 60)
    finally:
        program.stop()
    return next(folder.glob(f"{transfer[:8]}*.receipt"))


def text(place: Place, source: Source, sent: list[Run], hashed: list[Run]) -> str:
    """The section of the document."""
    lines = ["| | seconds (least – most) | MB/s | CPU s, all sides | peak MB, send / receive |", "|---|---:|---:|---:|---:|"]
    for name, runs in (("sent", sent), ("`sampan verify` of what arrived: read and hashed by one thread", hashed)):
        rate = source.size / statistics.median(run.seconds for run in runs) / 1e6
        lines.append(f"| {name} | {report.spread(runs)} | {rate:.0f} | {report.cpu(runs):.2f} | {report.peaks(runs)} |")
    times = statistics.median(run.seconds for run in sent) / statistics.median(run.seconds for run in hashed)
    goals = [
        Goal(f"at most {MOST_TIMES:.1f} × the time of reading and hashing as many bytes", f"{times:.2f} ×", times <= MOST_TIMES),
        report.peak_goal(sent, PEAK_BYTES),
    ]
    how = f"the median of {len(sent)} runs of each, in turns, after one round that is not counted"
    compared = "All that is stored of either file was compared with the other; no hole was filled."
    return "\n\n".join(
        [report.circumstances(source.words, how, place, [], compared), "\n".join(lines), report.goal_table(goals)]
    )
