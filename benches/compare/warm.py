"""Memory that the machine has already, for as long as something is measured.

In a virtual machine the host may hand memory out at its first use, which costs several times as much as using it again, and
take back what has been free for some seconds. A small tree then finds the memory that the run before it just freed, and a large
one has to fetch most of its own. So a helper uses as much memory as a run will need, and lets go of it bit by bit while the run
takes it: memory costs all of them the same. Where memory is simply there this changes nothing.
"""

from __future__ import annotations

import mmap
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measured import Failed

# How much is free at any time of what was used a moment before: more than what is taken between two looks.
AHEAD_BYTES = 512 << 20
# Let go of at once.
CHUNK_BYTES = 16 << 20
# How often it is looked whether more was taken: a tree of tiny files takes some 300 MB a second.
LOOK_SECONDS = 0.05

FREE_LINE = re.compile(r"^MemFree:\s+(\d+) kB", re.MULTILINE)


@contextmanager
def warm_memory(needed: int) -> Iterator[None]:
    """While this is held, memory up to so many bytes has been used a moment before it is taken."""
    command = [sys.executable, __file__, str(needed)]
    helper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        if not helper.stdout.readline():
            raise Failed("memory cannot be had for the measurement")
        yield
    finally:
        helper.kill()
        helper.communicate()


def free_bytes() -> int:
    """Memory that nobody uses."""
    found = FREE_LINE.search(Path("/proc/meminfo").read_text())
    return int(found.group(1)) * 1024 if found else 0


def hold(needed: int) -> None:
    """The helper: takes memory, says so, and gives it back as others take some, until it is killed."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
    # Never more than half of what is free: what is measured needs memory too.
    chunks = min(needed + AHEAD_BYTES, free_bytes() // 2) // CHUNK_BYTES
    held = [mmap.mmap(-1, CHUNK_BYTES, flags=flags) for _ in range(chunks)]
    wanted = free_bytes() + AHEAD_BYTES
    give_back(held, wanted)
    print("held", flush=True)
    while True:
        time.sleep(LOOK_SECONDS)
        give_back(held, wanted)


def give_back(held: list[mmap.mmap], wanted: int) -> None:
    """Lets go of as much as makes so many bytes free."""
    while held and free_bytes() < wanted:
        held.pop().close()


if __name__ == "__main__":
    hold(int(sys.argv[1]))
