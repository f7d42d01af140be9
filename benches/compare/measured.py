"""Started programs, and what the kernel says they cost: processor time and peak memory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

# How often peak memory is read. The kernel keeps the peak itself, so a sample misses only what grew since the one before.
SAMPLE_SECONDS = 0.02
# How often the end of a program is looked for: the error of a measured time.
POLL_SECONDS = 0.002

PEAK_LINE = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


class Failed(Exception):
    """A program did not do what was asked of it."""


class Measured:
    """A program that was started here, in a session of its own, with the children it makes.

    `command` is a list of arguments, or a line for bash where a pipeline is what people would type.
    """

    def __init__(self, command: list[str] | str, **options) -> None:
        in_bash = isinstance(command, str)
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.DEVNULL)
        self.name = command if in_bash else os.path.basename(command[0])
        self.process = subprocess.Popen(
            ["bash", "-c", "set -o pipefail; " + command] if in_bash else command, start_new_session=True, **options
        )
        self.exit_code: int | None = None
        self.cpu_seconds = 0.0
        self.peak_bytes = 0

    def sample_memory(self) -> None:
        """Takes the peak of the largest process of this program into account."""
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            try:
                peak = PEAK_LINE.search(Path(f"/proc/{pid}/status").read_text())
            except OSError:
                continue  # it has ended meanwhile
            if peak:
                self.peak_bytes = max(self.peak_bytes, int(peak.group(1)) * 1024)

    def has_ended(self) -> bool:
        """Whether it has ended; if so its cost is known from now on."""
        if self.exit_code is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self._note_end(os.waitstatus_to_exitcode(status), usage)
        return self.exit_code is not None

    def kill(self) -> None:
        """Ends it as a power cut would: it hears nothing of it."""
        if not self.has_ended():
            os.killpg(self.process.pid, signal.SIGKILL)
        while not self.has_ended():
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ends it, when it still runs, after its own children are gone: only then are they part of its processor time."""
        limit = time.monotonic() + 2
        while not self.has_ended() and descendants(self.process.pid) and time.monotonic() < limit:
            time.sleep(POLL_SECONDS)
        self.sample_memory()
        for sign in (signal.SIGTERM, signal.SIGKILL):
            limit = time.monotonic() + 5
            if not self.has_ended():
                os.killpg(self.process.pid, sign)
            while not self.has_ended() and time.monotonic() < limit:
                time.sleep(POLL_SECONDS)

    def _note_end(self, exit_code: int, usage) -> None:
        self.exit_code = self.process.returncode = exit_code
        self.cpu_seconds = usage.ru_utime + usage.ru_stime


def descendants(pid: int) -> list[int]:
    """The children of a process and theirs, as far as they are there right now."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [further for child in children for further in descendants(child)]


def wait_for_all(must_end: list[Measured], watched: list[Measured], limit_seconds: float) -> float:
    """Waits until all of `must_end` have ended well, sampling the memory of `watched`. Returns the moment (time.monotonic).

    Raises Failed when one of them ends badly or the limit is reached.
    """
    limit = time.monotonic() + limit_seconds
    next_sample = 0.0
    while True:
        if time.monotonic() >= next_sample:
            for program in watched:
                if program.exit_code is None:
                    program.sample_memory()
            next_sample = time.monotonic() + SAMPLE_SECONDS
        ended = [program.has_ended() for program in must_end]
        for program in must_end:
            if program.exit_code not in (None, 0):
                raise Failed(f"{program.name} ended with exit code {program.exit_code}")
        if all(ended):
            return time.monotonic()
        if time.monotonic() > limit:
            raise Failed(f"not done within {limit_seconds:.0f} s")
        time.sleep(POLL_SECONDS)
