#!/usr/bin/env python3
"""Makes the three fonts of this folder from their originals. Needs fonttools and brotli from PyPI.

usage: make.py INTER_REGULAR INTER_SEMIBOLD MATERIAL_SYMBOLS_OUTLINED

The originals: Inter-Regular.woff2 and Inter-SemiBold.woff2 of the npm package `inter-ui` 4.1.1 (folder web/), and
MaterialSymbolsOutlined_400Regular.ttf of the npm package `@expo-google-fonts/material-symbols-outlined` 0.4.49.
README.md beside this file says what is changed and why, and holds the table of icons that is read here.
"""

import re
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent

# What Inter is asked for; every other script comes from the system's fonts.
TEXT_RANGES = [
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x024F),  # Latin-1, Latin Extended-A and -B
    (0x02B0, 0x02FF),  # modifier letters
    (0x0300, 0x036F),  # combining marks: decomposed names as macOS writes them
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x052F),  # Cyrillic
    (0x1E00, 0x1EFF),  # Vietnamese and other Latin
    (0x2000, 0x206F),  # punctuation
    (0x2070, 0x209F),  # superscripts, subscripts
    (0x20A0, 0x20CF),  # currency
    (0x2100, 0x214F),  # letterlike signs
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x2300, 0x23FF),  # keys such as the command sign
    (0x25A0, 0x25FF),  # geometric shapes
    (0x2600, 0x27BF),  # check marks, stars
]

# Shaping that changes letters only where their language needs it. Not `calt`: it draws "->" as an arrow and the x of
# "2x4" as a multiplication sign, and a file's name must look like what it is.
TEXT_FEATURES = ["ccmp", "kern", "locl", "mark", "mkmk"]


def single_substitutions(font: TTFont, tag: str) -> dict[str, str]:
    """The glyph pairs of a feature made of single substitutions: plain name to alternate name."""
    table = font["GSUB"].table
    pairs: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != tag:
            continue
        for index in record.Feature.LookupListIndex:
            for lookup in table.LookupList.Lookup[index].SubTable:
                pairs.update(getattr(lookup, "ExtSubTable", lookup).mapping)
    return pairs


def make_digits_tabular(font: TTFont) -> None:
    """Points the code points 0 to 9 at the glyphs of `tnum`, all of one width, so that running figures stand still."""
    tabular = single_substitutions(font, "tnum")
    for table in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if code in table.cmap:
                plain = table.cmap[code]  # two tables may be one object, changed already
                table.cmap[code] = tabular.get(plain, plain)


def save_subset(font: TTFont, codes: list[int], features: list[str], target: Path) -> None:
    """Writes only the glyphs of `codes` and the named layout features, without hints: Inter has none, and the icons need none."""
    options = subset.Options()
    options.layout_features = features
    options.hinting = False
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.notdef_outline = True
    options.drop_tables += ["STAT", "meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = None
    font["head"].modified = font["head"].created  # the same originals give the same bytes
    font.recalcTimestamp = False
    font.save(target)
    print(f"{target.name}: {len(font.getBestCmap())} code points, {target.stat().st_size} bytes")


def icon_codes() -> list[int]:
    """The code points of the icon table in README.md."""
    rows = re.findall(r"^\| `\w+` \| `U\+([0-9A-F]{4})` \|", (HERE / "README.md").read_text("utf-8"), re.MULTILINE)
    if not rows:
        sys.exit("README.md has no icon table")
    return [int(code, 16) for code in rows]


def main() -> None:
    """Makes Inter-Regular.ttf, Inter-SemiBold.ttf and Icons.ttf."""
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    regular, semibold, symbols = sys.argv[1:]
    text_codes = [code for first, last in TEXT_RANGES for code in range(first, last + 1)]
    for source, name in ((regular, "Inter-Regular.ttf"), (semibold, "Inter-SemiBold.ttf")):
        font = TTFont(source)
        make_digits_tabular(font)
        save_subset(font, text_codes, TEXT_FEATURES, HERE / name)
    save_subset(TTFont(symbols), icon_codes(), [], HERE / "Icons.ttf")


if __name__ == "__main__":
    main()
