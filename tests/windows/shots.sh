#!/usr/bin/env bash
# shots.sh [FOLDER [WORD…]]: pictures of every state of the window in both themes, both languages and three sizes, or of
# those whose names hold every WORD. FOLDER is target/shots if it is not given. For looking at; nothing is compared.
#
# `shots.sh --docs` draws the pictures of the README and the guide again, into docs/images/. It needs imagemagick.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
cargo build --quiet --locked --example gallery
gallery=${CARGO_TARGET_DIR:-$root/target}/debug/examples/gallery

# The pointer goes out of the picture first: what lies under it looks different.
# shellcheck disable=SC2016 # the inner shell's arguments
draw() {
  DESKTOP_SIZE=1280x1400x24 tests/rigs/with-desktop.sh bash -c 'xdotool mousemove 1279 799 && exec "$@"' -- "$gallery" "$@"
}

# cut SHOT PICTURE GEOMETRY: a part of a shot, in few colours: a guide's picture is no larger than its words deserve.
cut() { convert "$work/$1.png" -gravity NorthWest -crop "$3" +repage -colors 96 "png8:docs/images/$2.png"; }

if [ "${1:-}" = --docs ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p docs/images
  draw "$work" readme en wide
  for theme in light dark; do
    cp "$work/readme-en-$theme-wide.png" "docs/images/window-$theme.png"
  done
  for lang in en zh; do
    draw "$work" receiving "$lang" light wide
    draw "$work" code "$lang" light wide
    draw "$work" paired "$lang" light page
    cut "receiving-$lang-light-wide" "receive-code-$lang" 770x215+190+0
    cut "code-$lang-light-wide" "type-code-$lang" 540x300+210+170
    cut "paired-$lang-light-page" "paired-$lang" 560x440+190+630
  done
else
  draw "${1:-target/shots}" "${@:2}"
fi
