#!/usr/bin/env bash
# Builds Sampan and starts it, on a Debian or Ubuntu machine that has Rust.
#
#   packaging/run.sh [ARGS...]     the same as `sampan ARGS...`; paths in ARGS mean what they mean where you are
#
# Without arguments: the window, or, where there is no display, a receiver in the terminal.
# What is missing of the system's libraries is installed (as root) or named with the command to install it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packaging/apt.sh
. "$root/packaging/apt.sh"

# Whether a window can be shown here at all.
has_display() {
  [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]
}

# Whether these arguments open the window: everything but the commands and the questions does.
opens_window() {
  local argument
  for argument in "$@"; do
    case $argument in
      send | receive | help | -h | --help | -V | --version) return 1 ;;
    esac
  done
  has_display
}

# The libraries that the window opens while it runs. Nothing of this is needed to build it.
have_window_libraries() {
  local needed=(libegl1 libgl1 libgl1-mesa-dri libxkbcommon0)
  if [ -n "${DISPLAY:-}" ]; then
    needed+=(libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libxrandr2)
  fi
  if [ -n "${WAYLAND_DISPLAY:-}" ]; then
    needed+=(libwayland-client0 libwayland-cursor0 libwayland-egl1)
  fi
  have_packages NEEDED "for the window" "${needed[@]}" || return 1
  # A file dialog by one of the desktops, or the small one; fonts for Chinese names; the bus that the dialog is asked over.
  have_packages OPTIONAL "for file dialogs and Chinese text" \
    "zenity|xdg-desktop-portal-gtk|xdg-desktop-portal-gnome|xdg-desktop-portal-kde" \
    "fonts-noto-cjk|fonts-wqy-microhei|fonts-wqy-zenhei|fonts-droid-fallback" \
    libdbus-1-3 libfontconfig1
}

# What to type on the other machine, a line for each of this machine's addresses.
say_how_to_send_here() {
  local addresses address
  read -r -a addresses <<<"$(hostname -I 2>/dev/null || true)" || true
  echo "There is no display here, so this is the receiver in the terminal. On the other machine, type:" >&2
  for address in "${addresses[@]:-ADDRESS}"; do
    case $address in
      *:*) address="[$address]" ;;
    esac
    echo "  sampan send FILE --to $address" >&2
  done
}

if ! command -v cargo >/dev/null; then
  echo "cargo is missing: install Rust first, see https://rustup.rs" >&2
  exit 1
fi

if has_apt; then
  # Some crates build C, and Rust links with the C compiler.
  have_packages NEEDED "to build" gcc libc6-dev || exit 1
  if opens_window "$@"; then
    have_window_libraries || exit 1
  fi
else
  echo "This is no Debian or Ubuntu: not looking for missing libraries." >&2
fi

if [ $# -eq 0 ] && ! has_display; then
  say_how_to_send_here
  set -- receive
fi

exec cargo run --manifest-path "$root/Cargo.toml" --release --locked -- "$@"
