#!/usr/bin/env bash
# two-windows.sh [SAMPAN]: two real windows, one sends the other a file, as two people would do it: Receive is switched on
# in one; in the other a file is picked in the real file dialog, the address typed, Send pressed; Accept is pressed in the
# first. Both must say "Delivered, verified", and the file must be the same. A picture of each step goes to
# target/windows/. No sleeps: everything waits for a condition, with a limit.
#
# SAMPAN is the program, target/debug/sampan if it is not given. Needs what tests/rigs/with-desktop.sh needs, and
# python3-pyatspi xdotool zenity imagemagick.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sampan=$(realpath "${1:-${CARGO_TARGET_DIR:-$root/target}/debug/sampan}")
if [ -z "${WITH_DESKTOP:-}" ]; then
  export DESKTOP_SIZE=1960x800x24
  exec "$root/tests/rigs/with-desktop.sh" "$0" "$sampan"
fi

pictures=${PICTURES:-$root/target/windows}
mkdir -p "$pictures"
work=$(mktemp -d)
# shellcheck source=tests/windows/people.sh
. "$root/tests/windows/people.sh"
sender='' receiver='' ok=''

end() {
  if [ -z "$ok" ]; then
    picture failed || true
    echo 'two-windows.sh: FAILED' >&2
    tail -n 20 "$work"/*/stderr "$work"/*/sampan/logs/* >&2 2>/dev/null || true
  fi
  # shellcheck disable=SC2086 # empty where it was not started
  kill $sender $receiver 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

# picture NAME: the whole screen.
picture() { import -window root "$pictures/$1.png"; }

# More than one chunk. The name is ASCII: xdotool cannot type Chinese reliably; tests/it sends such names.
name='report 2026.bin'
mkdir -p "$work/from"
head -c 5000000 /dev/urandom >"$work/from/$name"
wanted=$(sha256sum <"$work/from/$name")

port=$(free_port)
open_window anna 10 light "$port"
receiver=$opened
open_window mei 985 dark 0
sender=$opened
picture 1-both-windows

a11y click any 'Receive files on this computer' "PID:$receiver"
a11y wait any "Copy the address 127.0.0.1:$port" "PID:$receiver"
picture 2-receive-is-on

a11y click button 'Add files to send' "PID:$sender"
type_into_dialog "$work/from/$name"
picture 3-file-dialog
confirm_dialog
a11y wait any "Take $name out of the list" "PID:$sender"
picture 4-file-chosen

a11y type 'Address of the other computer' "127.0.0.1:$port" "PID:$sender"
a11y wait button "Send 1 file to 127.0.0.1:$port" "PID:$sender"
picture 5-address-typed
a11y click button "Send 1 file to 127.0.0.1:$port" "PID:$sender"

a11y wait button "Accept $name from mei" "PID:$receiver"
picture 6-question

# Quitting asks while something goes on.
xdotool search --all --pid "$sender" --name '^Sampan$' windowactivate --sync
xdotool key ctrl+q
a11y wait button 'Keep running' "PID:$sender"
picture 7-quitting-asks
a11y click button 'Keep running' "PID:$sender"
a11y gone button 'Keep running' "PID:$sender"

a11y click button "Accept $name from mei" "PID:$receiver"

A11Y_S=60 a11y wait any 'Delivered, verified' "PID:$receiver"
A11Y_S=60 a11y wait any 'Delivered, verified' "PID:$sender"
picture 8-delivered

got=$(sha256sum <"$work/anna/Downloads/$name")
if [ "$got" != "$wanted" ]; then
  echo "two-windows.sh: the file differs: sent $wanted, got $got" >&2
  exit 1
fi
ok=1
echo "two-windows.sh: delivered and verified, ${wanted%% *}"
