"""From runs to a table, and the table's way into docs/benchmarks.md."""

from __future__ import annotations

import datetime
import os
import platform
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from peers import Peer
from place import Place

# What a case says of how it looked at what arrived.
COMPARED_WHOLE = "All that arrived was compared with its source."


@dataclass
class Run:
    """What one transfer cost."""

    seconds: float
    cpu_seconds: float
    sender_peak_bytes: int
    # 0 for a program without sides.
    receiver_peak_bytes: int


@dataclass
class Result:
    """All of a peer's runs, or the reason why there are none."""

    peer: Peer
    runs: list[Run] = field(default_factory=list)
    trouble: str = ""

    def median_seconds(self) -> float:
        """The median time."""
        return statistics.median(run.seconds for run in self.runs)


def rate(result: Result | None) -> float | None:
    """How often a second the source goes through, the base of every ratio."""
    return 1 / result.median_seconds() if result and result.runs else None


def ratio(result: Result, base: Result | None) -> str:
    """The rate as a multiple of another's."""
    own, other = rate(result), rate(base)
    return f"{own / other:.2f}" if own and other else "–"


def tell(name: str, run: Run, turn: int, runs: int) -> None:
    """Says how far it is, to who waits for it."""
    counted = f"run {turn} of {runs}" if turn else "first round"
    print(f"{name}: {run.seconds:.2f} s ({counted})", file=sys.stderr)


def spread(runs: list[Run]) -> str:
    """The median time with the least and the most."""
    seconds = [run.seconds for run in runs]
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f} – {max(seconds):.2f})"


def cpu(runs: list[Run]) -> float:
    """The median of the processor time of both sides, in seconds."""
    return statistics.median(run.cpu_seconds for run in runs)


def peaks(runs: list[Run]) -> str:
    """Peak memory of the sender's and the receiver's largest process, in MB."""
    sender = max(run.sender_peak_bytes for run in runs) / 1e6
    receiver = max(run.receiver_peak_bytes for run in runs) / 1e6
    return f"{sender:.0f} / {receiver:.0f}" if receiver else f"{sender:.0f}"


def peak_bytes(runs: list[Run]) -> int:
    """The largest peak of either side."""
    return max(max(run.sender_peak_bytes, run.receiver_peak_bytes) for run in runs)


def by_name(results: list[Result], name: str) -> Result | None:
    """A peer's result."""
    return next((result for result in results if result.peer.name == name), None)


def table(results: list[Result], size: int, bases: list[str]) -> str:
    """The Markdown table of all peers, with a column for the ratio to each base, and a list of those that did not run."""
    ratios = "".join(f" × {base} |" for base in bases)
    lines = [
        f"| program | on the way | seconds (least – most) | MB/s |{ratios} CPU s, both sides | peak MB, send / receive |",
        f"|---|---|---:|---:|{'---:|' * len(bases)}---:|---:|",
    ]
    for result in (result for result in results if result.runs):
        cells = [
            result.peer.name,
            result.peer.does,
            spread(result.runs),
            f"{size / result.median_seconds() / 1e6:.0f}",
            *(ratio(result, by_name(results, base)) for base in bases),
            f"{cpu(result.runs):.2f}",
            peaks(result.runs),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    absent = [f"- {result.peer.name}: {result.trouble}" for result in results if not result.runs]
    if absent:
        lines += ["", "Not run:", "", *absent]
    return "\n".join(lines)


@dataclass
class Goal:
    """What is to be reached, and what was."""

    words: str
    # As the table shows it; empty if it was not measured.
    reached: str = ""
    met: bool = False


def goal_table(wanted: list[Goal]) -> str:
    """The goals, each beside the figure that was reached."""
    lines = ["| goal | reached | |", "|---|---:|---|"]
    for goal in wanted:
        verdict = ("met" if goal.met else "missed") if goal.reached else "not measured"
        lines.append(f"| {goal.words} | {goal.reached or '–'} | {verdict} |")
    return "\n".join(lines)


def peak_goal(runs: list[Run], most: int) -> Goal:
    """The goal for memory."""
    peak = peak_bytes(runs)
    return Goal(f"at most {most / 1e6:.0f} MB peak memory a process", f"{peak / 1e6:.1f} MB", peak <= most)


def goals(results: list[Result], wanted: dict[str, float], most_peak_bytes: int | None) -> str:
    """The goals beside other programs: how many times their rate."""
    own = by_name(results, "sampan")
    own_rate = rate(own)
    if own is None or own_rate is None:
        return "Goals: not measured, sampan did not run."
    reached = []
    for name, goal in wanted.items():
        words, other = f"at least {goal:.1f} × {name}", rate(by_name(results, name))
        reached.append(Goal(words, f"{own_rate / other:.2f} ×", own_rate / other >= goal) if other else Goal(words))
    if most_peak_bytes is not None:
        reached.append(peak_goal(own.runs, most_peak_bytes))
    return goal_table(reached)


def processor() -> str:
    """The processor's name and the cores that may be used."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{found.group(1) if found else platform.machine()}, {len(os.sched_getaffinity(0))} cores"


def memory() -> str:
    """The machine's memory."""
    kilobytes = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
    return f"{kilobytes * 1024 / 2**30:.0f} GiB of memory"


def file_system(folder: Path) -> str:
    """The kind of file system a folder is on."""
    command = ["df", "--output=fstype", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]


def version(command: tuple[str, ...]) -> str:
    """The first line of what a program says of itself; OpenSSH says it on stderr."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (said.stdout or said.stderr).strip().splitlines()
    return re.sub(r"\s+", " ", lines[0]).strip() if lines else ""


def circumstances(what: str, how: str, place: Place, versions: list[str], compared: str = COMPARED_WHOLE) -> str:
    """Where and how the figures were taken."""
    own = version((str(place.sampan), "--version")) if place.sampan.is_file() else ""
    named = "; ".join(filter(None, [own, *versions]))
    return (
        f"{datetime.date.today().isoformat()}: {what}, over 127.0.0.1, from and to {file_system(place.folder)}; {how}.\n"
        f"{processor()}, {memory()}, Linux {platform.release()}, load {os.getloadavg()[0]:.1f} at the end. "
        f"{compared}\n\n{'Versions' if versions else 'Version'}: {named}."
    )


def into_document(document: Path, case: str, text: str) -> None:
    """Replaces what stands between the case's two marker comments; the prose around them stays as it is.

    Raises ValueError when the document lacks them.
    """
    begin, end = f"<!-- compare {case}: begin -->", f"<!-- compare {case}: end -->"
    before, found_begin, rest = document.read_text("utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{document.name} has no {begin} … {end}")
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
