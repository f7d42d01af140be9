"""From runs to a table, and the table's way into docs/benchmarks.md."""

from __future__ import annotations

import datetime
import os
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from peers import Peer

# What Sampan wants to reach on two cores over loopback, encrypted and verified.
GOAL_AGAINST_SCP = 2.2
GOAL_AGAINST_RSYNC_DAEMON = 1.0
GOAL_PEAK_BYTES = 40_000_000


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
    """How often a second a file goes through, the base of every ratio."""
    return 1 / result.median_seconds() if result and result.runs else None


def ratio(result: Result, base: Result | None) -> str:
    """The rate as a multiple of another's."""
    own, other = rate(result), rate(base)
    return f"{own / other:.2f}" if own and other else "–"


def peaks(result: Result) -> str:
    """Peak memory of the sender's and the receiver's largest process, in MB."""
    sender = max(run.sender_peak_bytes for run in result.runs) / 1e6
    receiver = max(run.receiver_peak_bytes for run in result.runs) / 1e6
    return f"{sender:.0f} / {receiver:.0f}" if receiver else f"{sender:.0f}"


def by_name(results: list[Result], name: str) -> Result | None:
    """A peer's result."""
    return next((result for result in results if result.peer.name == name), None)


def table(results: list[Result], size: int) -> str:
    """The Markdown table of all peers, and a list of those that did not run."""
    scp, daemon = by_name(results, "scp"), by_name(results, "rsync daemon")
    lines = [
        "| program | on the way | seconds (least – most) | MB/s | × scp | × rsync daemon | CPU s, both sides | peak MB, send / receive |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for result in (result for result in results if result.runs):
        seconds = [run.seconds for run in result.runs]
        median = result.median_seconds()
        cells = [
            result.peer.name,
            result.peer.does,
            f"{median:.2f} ({min(seconds):.2f} – {max(seconds):.2f})",
            f"{size / median / 1e6:.0f}",
            ratio(result, scp),
            ratio(result, daemon),
            f"{statistics.median(run.cpu_seconds for run in result.runs):.2f}",
            peaks(result),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    absent = [f"- {result.peer.name}: {result.trouble}" for result in results if not result.runs]
    if absent:
        lines += ["", "Not run:", "", *absent]
    return "\n".join(lines)


def goals(results: list[Result]) -> str:
    """The goals, each beside the figure that was reached."""
    own = by_name(results, "sampan")
    own_rate = rate(own)
    if own is None or own_rate is None:
        return "Goals: not measured, sampan did not run."
    lines = ["| goal | reached | |", "|---|---:|---|"]
    for name, goal in (("scp", GOAL_AGAINST_SCP), ("rsync daemon", GOAL_AGAINST_RSYNC_DAEMON)):
        other = rate(by_name(results, name))
        if other:
            reached = own_rate / other
            lines.append(f"| at least {goal:.1f} × {name} | {reached:.2f} × | {'met' if reached >= goal else 'missed'} |")
        else:
            lines.append(f"| at least {goal:.1f} × {name} | – | not measured |")
    peak = max(max(run.sender_peak_bytes, run.receiver_peak_bytes) for run in own.runs)
    verdict = "met" if peak <= GOAL_PEAK_BYTES else "missed"
    lines.append(f"| at most {GOAL_PEAK_BYTES / 1e6:.0f} MB peak memory a process | {peak / 1e6:.1f} MB | {verdict} |")
    return "\n".join(lines)


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


def circumstances(results: list[Result], size: int, runs: int, folder: Path, sampan: Path) -> str:
    """Where and how the figures were taken."""
    versions = [version((str(sampan), "--version"))] if sampan.is_file() else []
    versions += [version(result.peer.version) for result in results if result.runs and result.peer.version]
    load = os.getloadavg()[0]
    counted = "one run" if runs == 1 else f"the median of {runs} runs"
    return (
        f"{datetime.date.today().isoformat()}: one random file of {size / 2**30:g} GiB over 127.0.0.1, from and to "
        f"{file_system(folder)}; {counted}, the peers taking turns, after one round that is not counted.\n"
        f"{processor()}, {memory()}, Linux {platform.release()}, load {load:.1f} at the end. "
        f"Every received file was compared with its source.\n\nVersions: {'; '.join(filter(None, versions))}."
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
