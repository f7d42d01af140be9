#!/usr/bin/env bash
# Checks the files of this folder: the desktop's own validators, the icons' sizes, and that all of them name one id and one port.
# Needs Debian's desktop-file-utils, appstream and python3. Talks to no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
id=io.github.sampan_app.sampan

desktop-file-validate "$id.desktop"
appstreamcli validate --no-net --no-color "$id.metainfo.xml"

python3 - "$id" <<'PYTHON'
"""The checks that have no validator of their own."""
import configparser
import struct
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

application = sys.argv[1]
PORT = "7267"


def expect(held: bool, sentence: str) -> None:
    """Ends the check with the sentence unless it holds."""
    if not held:
        sys.exit(f"packaging: {sentence}")


for size in (16, 24, 32, 48, 64, 128, 256, 512):
    picture = Path(f"icons/hicolor/{size}x{size}/apps/{application}.png").read_bytes()
    expect(picture[:8] == b"\x89PNG\r\n\x1a\n", f"the icon of {size} px is no PNG")
    expect(struct.unpack(">II", picture[16:24]) == (size, size), f"the icon of {size} px has another size")
for drawing in (f"scalable/apps/{application}.svg", f"symbolic/apps/{application}-symbolic.svg"):
    tree.parse(f"icons/hicolor/{drawing}")

scalable = Path(f"icons/hicolor/scalable/apps/{application}.svg").read_bytes()
expect(scalable == Path("../../assets/icon.svg").read_bytes(), "the scalable icon differs from assets/icon.svg: run icons.sh")

desktop = configparser.ConfigParser(interpolation=None, strict=False)
desktop.optionxform = str
desktop.read(f"{application}.desktop", encoding="utf-8")
for key in ("Icon", "StartupWMClass"):
    expect(desktop["Desktop Entry"][key] == application, f"{key} of the .desktop file is not {application}")

ufw = configparser.ConfigParser()
ufw.read("ufw/sampan", encoding="utf-8")
expect(ufw["Sampan"]["ports"] == f"{PORT}/tcp", f"the ufw profile does not open {PORT}/tcp")
service = tree.parse("firewalld/sampan.xml").getroot()
ports = [(port.get("port"), port.get("protocol")) for port in service.iter("port")]
expect(ports == [(PORT, "tcp")], f"the firewalld service does not open {PORT}/tcp")
print("packaging: icons, id and port agree")
PYTHON
