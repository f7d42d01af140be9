#!/usr/bin/env python3
"""The gate for what enters the build: licences, sources, unwanted and doubled crates, all as deny.toml says.

usage: tests/dependencies.py [RULES]    exit code 0: all is allowed; 1: a line for each thing that is not

RULES is another file than deny.toml, for the gate's own test.

Runs `cargo deny check licenses bans sources` where cargo-deny is installed. Where it is not, the same rules are checked
here over `cargo metadata --locked`. Needs Python 3.11 (tomllib) and cargo, and no network once the crates are fetched.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# How Cargo.lock and cargo's metadata name the public registry, whatever protocol fetched it.
PUBLIC_REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


class BadLicence(ValueError):
    """A licence field that is no SPDX expression."""


class Licence:
    """An SPDX licence expression, with "/" read as OR, as old crates write it.

    Grammar, loosest first:  any = all (OR all)*     all = one (AND one)*     one = "(" any ")" | id ["WITH" exception]
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = re.findall(r"[()/]|[^\s()/]+", text)
        self.position = 0

    def is_met_by(self, allowed: set[str]) -> bool:
        """Whether the expression can be satisfied with licences of `allowed` alone. Raises BadLicence."""
        self.position = 0
        met = self._any(allowed)
        if self.position != len(self.tokens):
            raise BadLicence(f"{self.tokens[self.position]!r} is unexpected in {self.text!r}")
        return met

    def _peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self.position += 1
        return token

    def _any(self, allowed: set[str]) -> bool:
        met = self._all(allowed)
        while self._peek().upper() in ("OR", "/"):
            self._take()
            met = self._all(allowed) or met
        return met

    def _all(self, allowed: set[str]) -> bool:
        met = self._one(allowed)
        while self._peek().upper() == "AND":
            self._take()
            met = self._one(allowed) and met
        return met

    def _one(self, allowed: set[str]) -> bool:
        token = self._take()
        if token == "(":
            met = self._any(allowed)
            if self._take() != ")":
                raise BadLicence(f"a bracket is not closed in {self.text!r}")
            return met
        if token in ("", ")", "/") or token.upper() in ("OR", "AND", "WITH"):
            raise BadLicence(f"a licence is missing in {self.text!r}")
        if self._peek().upper() == "WITH":
            self._take()
            # A licence with an exception allows more than the licence alone.
            return f"{token} WITH {self._take()}" in allowed or token in allowed
        # "GPL-2.0+" means this version or a later one: this one will do.
        return token in allowed or token.removesuffix("+") in allowed


def check_the_parser() -> None:
    """The rules of the grammar, each by one example. Raises AssertionError."""
    allowed = {"MIT", "Zlib", "Apache-2.0 WITH LLVM-exception", "ISC"}
    examples = {
        "MIT": True,
        "GPL-3.0-only": False,
        "GPL-3.0-only OR MIT": True,
        "GPL-3.0-only/MIT": True,
        "MIT / GPL-3.0-only": True,
        "MIT AND GPL-3.0-only": False,
        "MIT AND Zlib": True,
        "GPL-3.0-only AND MIT OR Zlib": True,
        "GPL-3.0-only AND (MIT OR Zlib)": False,
        "(MIT OR GPL-3.0-only) AND (Zlib OR GPL-3.0-only)": True,
        "Apache-2.0 WITH LLVM-exception": True,
        "Apache-2.0": False,
        "GPL-2.0-only WITH Classpath-exception-2.0 OR ISC": True,
        "MIT+": True,
    }
    for text, met in examples.items():
        if Licence(text).is_met_by(allowed) is not met:
            raise AssertionError(f"{text!r} should be {'met' if met else 'refused'}")
    for text in ("", "MIT OR", "(MIT", "MIT Zlib", "OR MIT", "MIT)"):
        try:
            Licence(text).is_met_by(allowed)
        except BadLicence:
            continue
        raise AssertionError(f"{text!r} should be no licence")


def crate_names(entries: list) -> set[str]:
    """The crates of a deny.toml list, whose entries are names or tables with `crate` (or, older, `name`)."""
    return {entry if isinstance(entry, str) else entry.get("crate", entry.get("name")) for entry in entries}


def findings(metadata: dict, rules: dict) -> list[str]:
    """Everything that breaks a rule, a sentence each."""
    allowed = set(rules["licenses"]["allow"])
    unwanted = {name: entry.get("reason", "") for entry in rules["bans"]["deny"] for name in crate_names([entry])}
    single = crate_names(rules["bans"]["multiple-versions-include"])
    own = set(metadata["workspace_members"])
    versions: dict[str, set[str]] = defaultdict(set)
    found = []
    for package in metadata["packages"]:
        name, title = package["name"], f"{package['name']} {package['version']}"
        versions[name].add(package["version"])
        try:
            if not Licence(package["license"] or "").is_met_by(allowed):
                found.append(f"licence: {title} is {package['license']!r}, which deny.toml does not allow")
        except BadLicence as error:
            found.append(f"licence: {title}: {error}")
        if package["id"] not in own and package["source"] != PUBLIC_REGISTRY:
            found.append(f"source: {title} comes from {package['source'] or 'a folder'}, not from the public registry")
        if name in unwanted:
            found.append(f"unwanted: {title}: {unwanted[name]}")
    for name in sorted(single):
        if len(versions[name]) > 1:
            found.append(f"doubled: {name} is there as {', '.join(sorted(versions[name]))}")
    return found


def check_the_rules() -> None:
    """Each rule, by one package that breaks it and one that does not. Raises AssertionError."""
    rules = {
        "licenses": {"allow": ["MIT"]},
        "bans": {"deny": [{"crate": "openssl", "reason": "TLS is rustls"}], "multiple-versions-include": [{"crate": "ring"}]},
    }

    def package(name: str, version: str = "1.0.0", licence: str | None = "MIT", source: str | None = PUBLIC_REGISTRY) -> dict:
        return {"id": f"{name} {version}", "name": name, "version": version, "license": licence, "source": source}

    own = package("own", source=None)
    examples = {
        "": [package("good"), package("ring"), package("twice", "1.0.0"), package("twice", "2.0.0")],
        "licence": [package("bad", licence="GPL-3.0-only")],
        "licence: none": [package("bare", licence=None)],
        "source": [package("forked", source="git+https://example.org/forked")],
        "source: elsewhere": [package("elsewhere", source="registry+https://example.org/index")],
        "source: folder": [package("folder", source=None)],
        "unwanted": [package("openssl")],
        "doubled": [package("ring", "1.0.0"), package("ring", "2.0.0")],
    }
    for rule, packages in examples.items():
        found = findings({"workspace_members": [own["id"]], "packages": [own, *packages]}, rules)
        expected = [rule.partition(":")[0]] if rule else []
        if [line.partition(":")[0] for line in found] != expected:
            raise AssertionError(f"{rule or 'nothing'} should be found, not {found}")


def main() -> int:
    """Runs the gate and returns the exit code."""
    check_the_parser()
    check_the_rules()
    rules_file = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "deny.toml"
    if shutil.which("cargo-deny"):
        command = ["cargo", "deny", "check", "--config", str(rules_file), "licenses", "bans", "sources"]
        return subprocess.call(command, cwd=ROOT)
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", str(ROOT / "Cargo.toml")]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    rules = tomllib.loads(rules_file.read_text("utf-8"))
    found = findings(metadata, rules)
    for line in found:
        print(line)
    print(f"dependencies: {len(metadata['packages'])} packages, {len(found)} not allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
