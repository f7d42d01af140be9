#!/usr/bin/env bash
# folders.sh [SAMPAN]: two real windows, one sends the other a folder, as two people would do it. One file differs from what
# is there, and is to be replaced; the sender pauses and goes on; the receiver slows it down and then cancels it, but keeps
# what is not complete; the sender goes on from the card of interrupted transfers until both say "Delivered, verified". Every
# file must be right. Then the receipt is saved through the real dialog and the folder is checked against it. A picture of
# each step goes to target/windows/. No sleeps: everything waits for a condition, with a limit.
#
# SAMPAN is the program, target/debug/sampan if it is not given. Needs what two-windows.sh needs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sampan=$(realpath "${1:-${CARGO_TARGET_DIR:-$root/target}/debug/sampan}")
if [ -z "${WITH_DESKTOP:-}" ]; then
  export DESKTOP_SIZE=1960x800x24
  exec "$root/tests/rigs/with-desktop.sh" "$0" "$sampan"
fi

work=$(mktemp -d)
# shellcheck source=tests/windows/people.sh
. "$root/tests/windows/people.sh"
play folders-

sent=$work/from/trip
mkdir -p "$sent/day one" "$work/anna/Downloads/trip"
head -c 12000000 /dev/urandom >"$sent/film.bin"
head -c 40000 /dev/urandom >"$sent/day one/photo.jpg"
echo 'what comes' >"$sent/notes.txt"
echo 'what is here' >"$work/anna/Downloads/trip/notes.txt"

port=$(free_port)
open_window anna 10 light "$port"
receiver=$opened
# Slow enough for a person to pause it.
open_window mei 985 dark 0 'speed_limit = 1000000'
sender=$opened
here=PID:$sender there=PID:$receiver
title='trip/ · 3 files'

a11y click any 'Receive files on this computer' "$there"
a11y wait any "Copy the address 127.0.0.1:$port" "$there"
a11y click button 'Add folders to send' "$here"
type_into_dialog "$sent"
confirm_dialog
a11y wait any 'Take trip/ out of the list' "$here"
a11y type "$address_field" "127.0.0.1:$port" "$here"
a11y click button "Send 3 files to 127.0.0.1:$port" "$here"
# It is not counted yet, so its name is shorter than later.
a11y wait button 'Send trip*' "$here"
a11y click any 'Remember this computer (no code next time)' "$here"
type_code "$sender" "$(code_of "$receiver")" 'Send trip*'

# The plan: one file differs, and is to be replaced.
a11y wait button "Accept $title from mei" "$there"
a11y wait any '*1 differs*' "$there"
picture 1-plan
a11y click button 'What happens to trip/notes.txt, which differs' "$there"
a11y click button 'Replace' "$there"
a11y gone button 'Replace' "$there"

picture 2-one-is-replaced
a11y click any 'Remember this computer' "$there"
a11y click button "Accept $title from mei" "$there"

a11y click button "Pause $title with anna" "$here"
a11y wait button "Go on with $title with anna" "$here"
a11y wait any 'Paused by mei' "$there"
picture 3-paused
a11y click button "Go on with $title with anna" "$here"
a11y wait button "Pause $title with anna" "$here"

# One side makes it slower while it runs.
a11y click button "More about $title with mei" "$there"
a11y click button "Limit the speed of $title with mei" "$there"
a11y type 'Highest speed' 'fast' "$there"
a11y wait any 'That is no speed.*' "$there"
picture 4-no-speed
a11y type 'Highest speed' '400 kB/s' "$there"
a11y click button "Set the highest speed of $title" "$there"
a11y wait any '*limit 400 kB/s*' "$there"
picture 5-limited

# Cancelled, but to go on later.
a11y click button "Cancel receiving $title from mei" "$there"
a11y wait button 'Cancel, and keep what has arrived to go on later' "$there"
picture 6-cancel-asks
a11y click button 'Cancel, and keep what has arrived to go on later' "$there"
a11y wait any 'Cancelled' "$there"
a11y wait button "Continue sending $title to anna" "$here"
picture 7-interrupted
a11y click button "Continue sending $title to anna" "$here"
A11Y_S=60 a11y wait any 'Delivered, verified' "$there"
A11Y_S=60 a11y wait any 'Delivered, verified' "$here"
a11y gone button "Continue sending $title to anna" "$here"
picture 8-delivered

# The receipt, through the real dialog.
mkdir "$work/receipts"
a11y click button "More about $title with mei" "$there"
a11y click button "Save the receipt of $title with mei" "$there"
type_into_dialog "$work/receipts"
confirm_dialog
a11y wait any 'Receipt and checksums saved:' "$there"
picture 9-receipt

diff -r "$sent" "$work/anna/Downloads/trip"
(cd "$work/anna/Downloads" && sha256sum --check --strict --quiet "$work"/receipts/*.sha256)
SAMPAN_HOME=$work/nobody "$sampan" verify "$work"/receipts/*.receipt "$work/anna/Downloads" >/dev/null
ok=1
echo 'folders.sh: planned, replaced, paused, limited, cancelled, continued, delivered and checked against its receipt'
