"""Where transfers happen, and what is known of one that is under way: what every peer needs to start."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measured import POLL_SECONDS, Failed, Measured

# How long a listener may take to start. Its start is not part of the measured time.
START_LIMIT_SECONDS = 20


class Missing(Exception):
    """A program that is not installed here."""


@dataclass
class Transfer:
    """A transfer that is under way."""

    # The sending side; of a program without sides, all of it.
    sender: Measured
    receiver: Measured | None
    # Who ends by itself when the file has arrived. The others are stopped afterwards.
    must_end: list[Measured]
    # When the transfer began (time.monotonic): a listener was up by then.
    began: float
    # What the sides themselves say about a bad end.
    complaints: Callable[[], str] = lambda: ""

    def sides(self) -> list[Measured]:
        """Both sides, or the only one."""
        return [self.sender] if self.receiver is None else [self.sender, self.receiver]


class Place:
    """The folder where all happens: the source, the target folder, and what peers need around them."""

    def __init__(self, folder: Path, source: Path, sampan: Path) -> None:
        self.folder = folder
        self.source = source
        self.target = folder / "target"
        self.sampan = sampan
        self._services: dict[str, tuple[Measured, int]] = {}
        self._codes = 0

    def clear_target(self) -> None:
        """An empty target folder."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir()

    def service(self, name: str, start: Callable[[int], Measured]) -> int:
        """The port of a helper that is started once and serves all runs."""
        if name not in self._services:
            port = free_port()
            self._services[name] = (start(port), port)
            wait_until_listening(port)
        return self._services[name][1]

    def next_code(self) -> str:
        """A wormhole code that was not used yet."""
        self._codes += 1
        return f"{self._codes}-calm-water"

    def close(self) -> None:
        """Stops the helpers."""
        for program, _ in self._services.values():
            program.stop()


def installed(name: str) -> str:
    """The program's path. Raises Missing."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if path is None:
        raise Missing(f"{name} is not installed")
    return path


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(port: int) -> float:
    """Waits until somebody listens on the port, without connecting to it, and returns the moment."""
    limit = time.monotonic() + START_LIMIT_SECONDS
    local = f":{port:04X}"
    while time.monotonic() < limit:
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(local) and fields[3] == "0A":  # 0A is LISTEN
                return time.monotonic()
        time.sleep(POLL_SECONDS)
    raise Failed(f"nothing listens on port {port}")


def wait_for_line(path: Path, pattern: str, program: Measured) -> re.Match:
    """Waits until the file that a program writes to has a line with the pattern."""
    limit = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < limit:
        found = re.search(pattern, path.read_text(errors="replace"))
        if found:
            return found
        if program.has_ended():
            raise Failed(f"{program.name} ended with exit code {program.exit_code} before it listened")
        time.sleep(POLL_SECONDS)
    raise Failed(f"{program.name} did not say {pattern!r}")
