#!/usr/bin/env bash
# two-windows.sh [SAMPAN]: two real windows, one sends the other a file, as two people would do it: Receive is switched on
# in one; in the other a file is picked in the real file dialog, the address typed, Send pressed. A wrong code is typed and
# refused, then the right one as the first window shows it; both remember each other, Accept is pressed. Both must say
# "Delivered, verified", and the file must be the same. Then another one goes to the paired computer's name, without a
# code; and in the end both forget the other and pair anew, without files. A picture of each step goes to
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

work=$(mktemp -d)
# shellcheck source=tests/windows/people.sh
. "$root/tests/windows/people.sh"
play ''

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

a11y type "$address_field" "127.0.0.1:$port" "PID:$sender"
a11y wait button "Send 1 file to 127.0.0.1:$port" "PID:$sender"
picture 5-address-typed
a11y click button "Send 1 file to 127.0.0.1:$port" "PID:$sender"

# The two do not know each other: a code is wanted. A wrong one is refused, and the receiver sees who tried it.
with_code="Send $name to 127.0.0.1:$port with this code"
a11y wait button "$with_code" "PID:$sender"
picture 6-code-wanted
code=$(code_of "$receiver")
wrong=$(printf '%06d' "$(((10#$code + 1) % 1000000))")
type_code "$sender" "$wrong" "$with_code"
a11y wait any 'The code was not right.' "PID:$sender"
a11y wait any '127.0.0.1 typed a wrong code*' "PID:$receiver"
a11y gone any "Code ${code:0:3} ${code:3}" "PID:$receiver"
picture 7-wrong-code

a11y click any 'Remember this computer (no code next time)' "PID:$sender"
type_code "$sender" "$(code_of "$receiver")" "$with_code"
a11y wait button "Accept $name from mei" "PID:$receiver"
a11y wait any 'With your code' "PID:$receiver"
picture 8-question

# Quitting asks while something goes on.
xdotool search --all --pid "$sender" --name '^Sampan$' windowactivate --sync
xdotool key ctrl+q
a11y wait button 'Keep running' "PID:$sender"
picture 9-quitting-asks
a11y click button 'Keep running' "PID:$sender"
a11y gone button 'Keep running' "PID:$sender"

a11y click any 'Remember this computer' "PID:$receiver"
a11y click button "Accept $name from mei" "PID:$receiver"

A11Y_S=60 a11y wait any 'Delivered, verified' "PID:$receiver"
A11Y_S=60 a11y wait any 'Delivered, verified' "PID:$sender"
picture 10-delivered
a11y click button "Remove $name from the list" "PID:$receiver"
a11y click button "Remove $name from the list" "PID:$sender"

# They remember each other now: the same again, by name and without a code.
mkdir "$work/again"
again='second report.bin'
cp "$work/from/$name" "$work/again/$again"
a11y click button 'Add files to send' "PID:$sender"
type_into_dialog "$work/again/$again"
confirm_dialog
a11y type "$address_field" anna "PID:$sender"
a11y click button 'Send 1 file to anna' "PID:$sender"
a11y wait button "Accept $again from mei" "PID:$receiver"
a11y wait any 'Paired computer' "PID:$receiver"
picture 11-question-of-a-paired-computer
a11y click button "Accept $again from mei" "PID:$receiver"
A11Y_S=60 a11y wait any 'Delivered, verified' "PID:$receiver"
A11Y_S=60 a11y wait any 'Delivered, verified' "PID:$sender"
picture 12-delivered-without-a-code

# Both forget the other, and pair anew without any files.
for pair in "$receiver mei" "$sender anna"; do
  window="PID:${pair% *}"
  a11y click any Settings "$window"
  a11y click button "Forget ${pair#* }" "$window"
  a11y click button "Yes, forget ${pair#* }" "$window"
  a11y wait any 'No paired computers yet' "$window"
done
a11y click any Transfer "PID:$receiver"
a11y click button 'Pair with another computer…' "PID:$sender"
a11y type 'Address of the other computer' "127.0.0.1:$port" "PID:$sender"
type_code "$sender" "$(code_of "$receiver")" 'Pair with this computer'
a11y wait any 'The code was right. Now somebody has to agree on the other computer.' "PID:$sender"
a11y wait any 'mei typed your code and wants to be remembered' "PID:$receiver"
picture 13-caller
a11y click button 'Remember mei' "PID:$receiver"
a11y wait any 'anna is paired' "PID:$sender"
picture 14-paired
a11y click button 'Close the pairing' "PID:$sender"
a11y wait button 'Forget anna' "PID:$sender"

for each in "$name" "$again"; do
  got=$(sha256sum <"$work/anna/Downloads/$each")
  if [ "$got" != "$wanted" ]; then
    echo "two-windows.sh: $each differs: sent $wanted, got $got" >&2
    exit 1
  fi
done
ok=1
echo "two-windows.sh: delivered and verified with the code, again without it, and paired anew, ${wanted%% *}"
