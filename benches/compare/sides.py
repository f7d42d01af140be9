"""Both sides of Sampan by the command line, each with a home of its own, so that each is a computer of its own."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from measured import Failed, Measured
from place import Missing, Place, Transfer, free_port, wait_for_line


@dataclass
class Receiver:
    """A receiver that listens."""

    program: Measured
    address: str


def home_of(place: Place, side: str) -> dict[str, str]:
    """The environment that gives one side of Sampan its own state."""
    return {**os.environ, "SAMPAN_HOME": str(place.folder / f"sampan-{side}")}


def lines_of(place: Place, side: str) -> Path:
    """Where a side's lines of --json go."""
    return place.folder / f"sampan-{side}.jsonl"


def start_receiver(place: Place) -> Receiver:
    """A receiver that takes one transfer into the target folder and ends. Raises Missing or Failed."""
    if not place.sampan.is_file():
        raise Missing("there is no release build: cargo build --release --locked")
    listen = f"127.0.0.1:{free_port()}"
    command = ["receive", "--listen", listen, "--dir", str(place.target), "--once", "--accept", "all", "--insecure-anyone", "--json"]
    report = lines_of(place, "receiver")
    with report.open("wb") as lines:
        program = Measured([str(place.sampan), *command], stdout=lines, env=home_of(place, "receiver"))
    try:
        wait_for_line(report, r'"event"\s*:\s*"listening"', program)
    except Failed:
        program.stop()
        raise
    return Receiver(program, listen)


def start_sender(place: Place, receiver: Receiver) -> Measured:
    """Sends the source. What goes wrong ends it: the time of two tries would be nobody's."""
    command = ["send", str(place.source), "--to", receiver.address, "--insecure-anyone", "--retry", "0", "--json"]
    with lines_of(place, "sender").open("wb") as lines:
        return Measured([str(place.sampan), *command], stdout=lines, env=home_of(place, "sender"))


def sampan(place: Place) -> Transfer:
    """Our own program."""
    receiver = start_receiver(place)
    began = time.monotonic()
    sender = start_sender(place, receiver)
    return Transfer(sender, receiver.program, [sender, receiver.program], began, lambda: complaints(place))


def complaints(place: Place) -> str:
    """What the two sides said went wrong."""
    said = ""
    for side in ("sender", "receiver"):
        for line in lines_of(place, side).read_text(errors="replace").splitlines():
            if '"event":"error"' in line:
                said += f"; the {side} says: {json.loads(line)['message']}"
    return said
