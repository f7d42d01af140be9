#!/usr/bin/env python3
"""What a crowd of hostile connections takes from a running transfer: the same transfer without and with it, in turns.

    benches/compare/flood.py                        2 GiB in memory (tmpfs), 5 runs of each
    benches/compare/flood.py --kind tls             only one kind of connection

Attacker, sender and receiver share this machine's cores, which an attacker from elsewhere would not. So the crowd runs at
the lowest priority and at a limited rate, its processor time is measured, and the table also says what the ratio is with
that time taken off. Connections come from 127.0.0.2 and up, as if from that many computers. Needs Linux, Python 3, and the
release build. No host outside this machine is talked to.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing import Event, Process, Queue
from pathlib import Path

sys.dont_write_bytecode = True  # no cache folders beside the sources

from measured import Failed, Measured, wait_for_all
from place import Place, free_port
from run import target_folder
from sides import home_of
from sources import MIB, Source, random_file

KINDS = ("tcp", "tls", "hello", "wrong")

# What the receiver keeps at least of its speed.
GOAL = 0.80

# How long an idle receiver is looked at.
COST_SECONDS = 5

# Hello of protocol.md §3.1, and a frame that may not come before Introduce.
HELLO = bytes.fromhex("010000000000000aa20065302e312e300180")
END = bytes.fromhex("2500000000000001a0")


@dataclass
class Came:
    """What a crowd did."""

    count: int
    seconds: float
    cpu_seconds: float


def context(certificate: Path | None) -> ssl.SSLContext:
    """A client that trusts everybody."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.set_alpn_protocols(["sampan/1"])
    if certificate:
        tls.load_cert_chain(certificate)
    return tls


def knock(kind: str, tls: ssl.SSLContext, port: int, source: str) -> None:
    """One connection, as far as its kind goes. That it is hung up on is what should happen."""
    connection = socket.socket()
    connection.settimeout(1)
    try:
        connection.bind((source, 0))
        connection.connect(("127.0.0.1", port))
        if kind == "tcp":
            return
        with tls.wrap_socket(connection) as session:
            if kind in ("hello", "wrong"):
                session.sendall(HELLO)
            if kind == "wrong":
                session.sendall(END)
    except OSError:
        pass
    finally:
        connection.close()


def crowd(kind: str, number: int, rate: float, port: int, certificate: Path | None, go: Event, over: Event, told: Queue) -> None:
    """Connects at most `rate` times a second until it is over, from 60 addresses in turns."""
    os.nice(19)
    tls = context(certificate)
    go.wait()
    count, began = 0, time.monotonic()
    while not over.is_set():
        knock(kind, tls, port, f"127.0.0.{2 + number * 60 + count % 60}")
        count += 1
        early = began + count / rate - time.monotonic()
        if early > 0:
            over.wait(early)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told.put(Came(count, time.monotonic() - began, usage.ru_utime + usage.ru_stime))


class Crowd:
    """One process for each kind. It comes when it is told to."""

    def __init__(self, kinds: list[str], rate: float, port: int, certificate: Path | None) -> None:
        self.go, self.over, self.told = Event(), Event(), Queue()
        each = rate / max(len(kinds), 1)
        self.members = [
            Process(target=crowd, args=(kind, KINDS.index(kind), each, port, certificate, self.go, self.over, self.told))
            for kind in kinds
        ]
        for member in self.members:
            member.start()

    def go_home(self) -> Came:
        """Ends it; gives what all did together."""
        self.go.set()
        self.over.set()
        came = [self.told.get(timeout=60) for _ in self.members]
        for member in self.members:
            member.join()
        return Came(sum(one.count for one in came), max((one.seconds for one in came), default=0.0), sum(one.cpu_seconds for one in came))


def new_certificate(folder: Path) -> Path | None:
    """A stranger's Ed25519 certificate, if openssl is there: without one a handshake ends a little earlier."""
    if not shutil.which("openssl"):
        return None
    key, certificate = folder / "key.pem", folder / "stranger.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=stranger", "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


def start_receiver(place: Place, port: int) -> Measured:
    """A receiver that listens."""
    command = ["receive", "--accept", "all", "--insecure-anyone", "--listen", f"127.0.0.1:{port}", "--dir", str(place.target)]
    receiver = Measured([str(place.sampan), *command], env=home_of(place, "receiver"))
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return receiver
        time.sleep(0.01)
    raise Failed("the receiver does not listen")


@dataclass
class Run:
    """One transfer."""

    seconds: float
    receiver_cpu: float
    # Both sides.
    cpu_seconds: float
    came: Came


def measure(place: Place, source: Source, kinds: list[str], rate: float, certificate: Path | None) -> Run:
    """One transfer, with a crowd of these kinds or none, from its first bytes on. Raises Failed."""
    place.clear_target()
    os.sync()
    port = free_port()
    members = Crowd(kinds, rate, port, certificate)
    receiver = start_receiver(place, port)
    sender = None
    try:
        command = ["send", str(place.source), "--insecure-anyone", "--retry", "0", "--to", f"127.0.0.1:{port}"]
        sender = Measured([str(place.sampan), *command], env=home_of(place, "sender"))
        while not any(path.stat().st_size for path in place.target.glob(".sampan-*/*.part")):
            if sender.has_ended():
                raise Failed("the transfer did not begin, or was over before anybody looked: take a larger file")
        members.go.set()
        began, spent = time.monotonic(), cpu_of(receiver)
        ended = wait_for_all([sender], [sender, receiver], source.limit_seconds())
        spent = cpu_of(receiver) - spent
    finally:
        came = members.go_home()
        if sender:
            sender.stop()
        receiver.stop()
    if not source.arrived(place.target):
        raise Failed("what arrived is not what was sent")
    return Run(ended - began, spent, spent + sender.cpu_seconds, came)


def cost(place: Place, kind: str, rate: float, certificate: Path | None) -> tuple[Came, float]:
    """Connections of a kind at an idle receiver, and the receiver's seconds of a core for them."""
    place.clear_target()
    port = free_port()
    receiver = start_receiver(place, port)
    try:
        before = cpu_of(receiver)
        members = Crowd([kind], rate, port, certificate)
        members.go.set()
        time.sleep(COST_SECONDS)
        came = members.go_home()
        return came, cpu_of(receiver) - before
    finally:
        receiver.stop()


def cpu_of(program: Measured) -> float:
    """Processor time of a running program so far, in seconds."""
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, action="append", help="kinds of connections (default: all at once)")
    parser.add_argument("--rate", type=float, default=2000, help="connections a second, all together at most")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each")
    parser.add_argument("--mib", type=int, default=2048, help="size of the file")
    parser.add_argument("--work", type=Path, default=Path("/dev/shm"), metavar="DIR", help="where files are")
    parser.add_argument("--sampan", type=Path, metavar="FILE", help="the program (default: the release build)")
    return parser.parse_args()


def main() -> None:
    """Measures and prints. Ends with 1 if the goal is missed."""
    options = arguments()
    kinds = options.kind or list(KINDS)
    sampan = (options.sampan or target_folder() / "release" / "sampan").resolve()
    folder = Path(tempfile.mkdtemp(prefix="flood-", dir=options.work))
    place = Place(folder, folder / "source.bin", sampan)
    try:
        source = random_file(place.source, options.mib * MIB)
        certificate = new_certificate(folder)
        for kind in kinds:
            came, seconds = cost(place, kind, options.rate, certificate)
            rate, share = came.count / came.seconds, seconds / came.seconds
            print(f"{kind}: {rate:.0f} a second cost an idle receiver {share:.1%} of a core, {seconds / came.count * 1e6:.0f} µs each")
        calm, crowded = [], []
        for turn in range(options.runs + 1):
            for runs, some in ((calm, []), (crowded, kinds)):
                run = measure(place, source, some, options.rate, certificate)
                print(f"{'with' if some else 'without'}: {run.seconds:.2f} s", file=sys.stderr)
                if turn:  # the first round does not count
                    runs.append(run)
    finally:
        place.close()
        shutil.rmtree(folder, ignore_errors=True)
    report(calm, crowded, options.mib)


def report(calm: list[Run], crowded: list[Run], mib: int) -> None:
    """Prints the table."""
    without = statistics.median(run.seconds for run in calm)
    under = statistics.median(run.seconds for run in crowded)
    # The crowd's processor time was taken from both sides' cores.
    cores = os.cpu_count() or 1
    own = statistics.median(run.seconds - run.came.cpu_seconds / cores for run in crowded)
    came = statistics.median(run.came.count / run.came.seconds for run in crowded)
    more = statistics.median(run.receiver_cpu for run in crowded) - statistics.median(run.receiver_cpu for run in calm)
    print(f"without a crowd: {without:.2f} s ({mib / without:.0f} MiB/s)")
    print(f"with {came:.0f} connections a second: {under:.2f} s ({mib / under:.0f} MiB/s), {more:+.2f} s of processor time at the receiver")
    print(f"speed kept: {without / under:.2f}; with the crowd's own processor time taken off: {without / own:.2f} (goal: {GOAL:.2f})")
    # Of both sides for the same work: what is left when other programs on this machine are no part of it.
    work = [statistics.median(run.cpu_seconds for run in runs) for runs in (calm, crowded)]
    print(f"by processor time of both sides: {work[0]:.2f} s without, {work[1]:.2f} s with, {work[0] / work[1]:.2f}")
    if without / own < GOAL:
        sys.exit(1)


if __name__ == "__main__":
    main()
