#!/usr/bin/env bash
# shots.sh [FOLDER [WORD…]]: pictures of every state of the window in both themes, both languages and three sizes, or of
# those whose names hold every WORD. FOLDER is target/shots if it is not given. For looking at; nothing is compared.
#
# `shots.sh --readme` draws the two pictures of the README again, into docs/images/.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
cargo build --quiet --locked --example gallery
gallery=${CARGO_TARGET_DIR:-$root/target}/debug/examples/gallery

# The pointer goes out of the picture first: what lies under it looks different.
# shellcheck disable=SC2016 # the inner shell's arguments
draw() { DESKTOP_SIZE=1280x1400x24 tests/rigs/with-desktop.sh bash -c 'xdotool mousemove 1279 799 && exec "$@"' -- "$gallery" "$@"; }

if [ "${1:-}" = --readme ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p docs/images
  draw "$work" readme en wide
  for theme in light dark; do
    cp "$work/readme-en-$theme-wide.png" "docs/images/window-$theme.png"
  done
else
  draw "${1:-target/shots}" "${@:2}"
fi
