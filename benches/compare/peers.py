"""The programs that are compared: how each is started to move one file or one folder from here to here.

Everything stays on 127.0.0.1: no relay, no rendezvous server and no host outside this machine is talked to.
A peer is a function that starts both sides and returns a Transfer. It raises Missing where its program is not installed.
"""

from __future__ import annotations

import getpass
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from measured import Failed, Measured
from place import Place, Transfer, free_port, installed, wait_for_line, wait_until_listening
from sides import sampan


def one_command(command: list[str] | str) -> Transfer:
    """A transfer by a program without sides."""
    began = time.monotonic()
    program = Measured(command)
    return Transfer(program, None, [program], began)


def cp(place: Place) -> Transfer:
    """One copy by the kernel: no network, no check."""
    return one_command([installed("cp"), "-r", str(place.source), str(place.target)])


def cp_sha256(place: Place) -> Transfer:
    """A copy whose two ends are hashed: the source beside it, the target after it, as one has to with these tools."""
    copied = place.target / "copy"
    return one_command(f"sha256sum {place.source} & cp {place.source} {copied} && wait $! && sha256sum {copied}")


def nc(place: Place) -> Transfer:
    """Bytes over TCP and nothing else."""
    program, port = installed("nc"), free_port()
    receiver = Measured(f"{program} -l -N 127.0.0.1 {port} > {place.target}/copy")
    began = wait_until_listening(port)
    sender = Measured(f"{program} -N 127.0.0.1 {port} < {place.source}")
    return Transfer(sender, receiver, [sender, receiver], began)


def nc_tar(place: Place) -> Transfer:
    """A folder as an archive over TCP and nothing else."""
    program, port = installed("nc"), free_port()
    receiver = Measured(f"{program} -l -N 127.0.0.1 {port} | tar xf - -C {place.target}")
    began = wait_until_listening(port)
    sender = Measured(f"tar cf - -C {place.source.parent} {place.source.name} | {program} -N 127.0.0.1 {port}")
    return Transfer(sender, receiver, [sender, receiver], began)


def nc_sha256(place: Place) -> Transfer:
    """Bytes over TCP, hashed on both sides while they pass."""
    program, port = installed("nc"), free_port()
    receiver = Measured(f"{program} -l -N 127.0.0.1 {port} | tee {place.target}/copy | sha256sum")
    began = wait_until_listening(port)
    sender = Measured(f"tee >(sha256sum >/dev/null) < {place.source} | {program} -N 127.0.0.1 {port}")
    return Transfer(sender, receiver, [sender, receiver], began)


def socat_tls(place: Place) -> Transfer:
    """Bytes over TLS, hashed on both sides while they pass."""
    program, port = installed("socat"), free_port()
    certificate = place.folder / "socat.pem"
    if not certificate.exists():
        both = ["-keyout", str(certificate), "-out", str(certificate)]
        request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=compare", *both]
        subprocess.run([installed("openssl"), *request], check=True, stderr=subprocess.DEVNULL)
    listen = f"OPENSSL-LISTEN:{port},bind=127.0.0.1,cert={certificate},verify=0"
    receiver = Measured(f"{program} -b 262144 -u {listen} - | tee {place.target}/copy | sha256sum")
    began = wait_until_listening(port)
    sending = f"{program} -b 262144 -u - OPENSSL:127.0.0.1:{port},verify=0"
    sender = Measured(f"tee >(sha256sum >/dev/null) < {place.source} | {sending}")
    return Transfer(sender, receiver, [sender, receiver], began)


def rsync_daemon(place: Place, further: tuple[str, ...] = ()) -> Transfer:
    """rsync to its own daemon: not encrypted; its check is a weak one that it makes only while it sends differences."""
    program, port = installed("rsync"), free_port()
    identity = "uid=0\ngid=0\n" if os.getuid() == 0 else ""
    configuration = place.folder / "rsyncd.conf"
    configuration.write_text(
        f"use chroot=no\n{identity}port={port}\naddress=127.0.0.1\n[target]\npath={place.target}\nread only=no\n"
    )
    receiver = Measured([program, "--daemon", "--no-detach", f"--config={configuration}"])
    began = wait_until_listening(port)
    sender = Measured([program, "-aW", *further, str(place.source), f"rsync://127.0.0.1:{port}/target/"])
    return Transfer(sender, receiver, [sender], began)


def ssh_server(place: Place) -> tuple[Measured, float, int, list[str]]:
    """A server of our own with a key of its own: the program, when it was up, its port, and the client's options."""
    server, port = installed("sshd"), free_port()
    host_key, user_key = place.folder / "ssh-host", place.folder / "ssh-user"
    for key in (host_key, user_key):
        if not key.exists():
            subprocess.run([installed("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # its privilege separation wants this folder
    options = {
        "AuthorizedKeysFile": f"{user_key}.pub",
        "StrictModes": "no",
        "ListenAddress": "127.0.0.1",
        "PidFile": "none",
        "Subsystem": "sftp internal-sftp",
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    receiver = Measured([server, "-D", "-e", "-f", "/dev/null", "-p", str(port), "-h", str(host_key), *settings])
    client = ["-i", str(user_key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    client += ["-o", "LogLevel=ERROR", "-o", "BatchMode=yes"]
    return receiver, wait_until_listening(port), port, client


def rsync_ssh(place: Place) -> Transfer:
    """rsync over ssh."""
    program = installed("rsync")
    receiver, began, port, options = ssh_server(place)
    shell = " ".join([installed("ssh"), "-p", str(port), *options])
    sender = Measured([program, "-aW", "-e", shell, str(place.source), f"{getpass.getuser()}@127.0.0.1:{place.target}/"])
    return Transfer(sender, receiver, [sender], began)


def scp(place: Place) -> Transfer:
    """scp: encrypted; ssh protects the way, but nobody reads the written file again or names its digest."""
    program = installed("scp")
    receiver, began, port, options = ssh_server(place)
    target = f"{getpass.getuser()}@127.0.0.1:{place.target}/"
    sender = Measured([program, "-r", *options, "-P", str(port), str(place.source), target])
    return Transfer(sender, receiver, [sender], began)


def wormhole_helpers(place: Place) -> tuple[int, int]:
    """The ports of a mailbox and a transit relay of our own, so that wormholes stay on this machine."""
    twistd = installed("twistd")

    def mailbox(port: int) -> Measured:
        database = str(place.folder / "mailbox.sqlite")
        command = ["wormhole-mailbox", "--port", f"tcp:{port}:interface=127.0.0.1", "--channel-db", database]
        return Measured([twistd, "--pidfile=", "-n", *command], cwd=place.folder)

    def relay(port: int) -> Measured:
        return Measured(
            [twistd, "--pidfile=", "-n", "transitrelay", "--port", f"tcp:{port}:interface=127.0.0.1"], cwd=place.folder
        )

    return place.service("mailbox", mailbox), place.service("relay", relay)


def wormhole_python(place: Place) -> Transfer:
    """magic-wormhole, the first one: encrypted, digest at the end. Its time includes the agreement on the code."""
    program = installed("wormhole")
    mailbox, relay = wormhole_helpers(place)
    code = place.next_code()
    helpers = ["--relay-url", f"ws://127.0.0.1:{mailbox}/v1", "--transit-helper", f"tcp:127.0.0.1:{relay}"]
    began = time.monotonic()
    sender = Measured([program, *helpers, "send", "--hide-progress", "--code", code, str(place.source)])
    command = [program, *helpers, "receive", "--hide-progress", "--accept-file", code]
    receiver = Measured(command, cwd=place.target)
    return Transfer(sender, receiver, [sender, receiver], began)


def wormhole_rust(place: Place) -> Transfer:
    """magic-wormhole.rs: as above, in Rust."""
    program = installed("wormhole-rs")
    mailbox, relay = wormhole_helpers(place)
    code = place.next_code()
    helpers = ["--rendezvous-server", f"ws://127.0.0.1:{mailbox}/v1", "--relay-server", f"tcp://127.0.0.1:{relay}"]
    environment = {**os.environ, "HOME": str(place.folder)}
    began = time.monotonic()
    sender = Measured([program, "send", *helpers, "--code", code, str(place.source)], env=environment)
    command = [program, "receive", *helpers, "--noconfirm", "--out-dir", str(place.target), code]
    receiver = Measured(command, env=environment)
    return Transfer(sender, receiver, [sender, receiver], began)


def sendme(place: Place) -> Transfer:
    """sendme: encrypted (QUIC), verified (BLAKE3). Its time includes the sender's reading of the file before it offers it."""
    program = installed("sendme")
    report = place.folder / "sendme.txt"
    # It keeps its store in the folder it is started in.
    sending = tempfile.mkdtemp(dir=place.folder)
    began = time.monotonic()
    options = ["--relay", "disabled", "--no-progress"]
    with report.open("wb") as lines:
        command = [program, "send", *options, "--ticket-type", "addresses", str(place.source)]
        sender = Measured(command, cwd=sending, stdin=subprocess.PIPE, stdout=lines, stderr=subprocess.STDOUT)
    try:
        ticket = wait_for_line(report, r"sendme receive (\S+)\s", sender).group(1)
    except Failed:
        sender.stop()
        raise
    receiver = Measured([program, "receive", *options, ticket], cwd=place.target)
    return Transfer(sender, receiver, [receiver], began)


@dataclass(frozen=True)
class Peer:
    """A row of the table."""

    name: str
    # What it does for the bytes on their way, as a reader needs to know it to compare.
    does: str
    start: Callable[[Place], Transfer]
    # The command that says its version, or none.
    version: tuple[str, ...] = ()


SAMPAN = Peer("sampan", "encrypted, SHA-256 on both sides, synced", sampan)
RSYNC_DAEMON = Peer("rsync daemon", "plain TCP", rsync_daemon, ("rsync", "--version"))
RSYNC_SSH = Peer("rsync over ssh", "encrypted", rsync_ssh, ("ssh", "-V"))
SENDME = Peer("sendme", "encrypted, BLAKE3", sendme, ("sendme", "--version"))

FILE_PEERS = [
    SAMPAN,
    Peer("cp", "one copy, no network", cp, ("cp", "--version")),
    Peer("cp + sha256sum", "one copy, both ends hashed", cp_sha256),
    Peer("nc", "plain TCP", nc),
    Peer("nc + sha256sum", "plain TCP, hashed on both sides", nc_sha256),
    Peer("socat TLS + sha256sum", "encrypted, hashed on both sides", socat_tls),
    RSYNC_DAEMON,
    RSYNC_SSH,
    Peer("scp", "encrypted", scp),
    Peer("magic-wormhole (Python)", "encrypted, SHA-256 on both sides", wormhole_python, ("wormhole", "--version")),
    Peer("magic-wormhole.rs", "encrypted, SHA-256 on both sides", wormhole_rust, ("wormhole-rs", "--version")),
    SENDME,
]

TREE_PEERS = [
    SAMPAN,
    Peer("cp -r", "one copy, no network", cp, ("cp", "--version")),
    Peer("tar through nc", "plain TCP", nc_tar, ("tar", "--version")),
    RSYNC_DAEMON,
    Peer("rsync --fsync daemon", "plain TCP, synced", partial(rsync_daemon, further=("--fsync",))),
    RSYNC_SSH,
    Peer("scp -r", "encrypted", scp),
    Peer("magic-wormhole (Python)", "zipped, encrypted, SHA-256 on both sides", wormhole_python, ("wormhole", "--version")),
    SENDME,
]
