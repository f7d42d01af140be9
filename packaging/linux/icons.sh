#!/usr/bin/env bash
# Draws the icons of icons/hicolor from assets/icon.svg, the two smallest from assets/icon-small.svg.
# Needs rsvg-convert (Debian: librsvg2-bin). To be run after a change of the drawings; what it writes is kept in the repository.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
assets=$here/../../assets
id=io.github.sampan_app.sampan

for size in 16 24 32 48 64 128 256 512; do
  drawing=$assets/icon.svg
  [ "$size" -gt 24 ] || drawing=$assets/icon-small.svg
  folder=$here/icons/hicolor/${size}x${size}/apps
  mkdir -p "$folder"
  rsvg-convert --width "$size" --height "$size" "$drawing" --output "$folder/$id.png"
done
mkdir -p "$here/icons/hicolor/scalable/apps"
cp "$assets/icon.svg" "$here/icons/hicolor/scalable/apps/$id.svg"
