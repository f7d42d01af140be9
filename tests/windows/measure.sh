#!/usr/bin/env bash
# measure.sh [SAMPAN]: what a window costs. Prints the milliseconds to the first frame, the resident memory, what an idle
# window does in six seconds, how often a window draws while it sends or receives, and what the windows cost a transfer
# beside the same one by the command line. Numbers for people: nothing fails here but what does not run at all.
#
# SAMPAN is the program, target/release/sampan if it is not given. Needs what two-windows.sh needs. BYTES is the size of the
# file that is sent.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sampan=$(realpath "${1:-${CARGO_TARGET_DIR:-$root/target}/release/sampan}")
if [ -z "${WITH_DESKTOP:-}" ]; then
  export DESKTOP_SIZE=1960x800x24 RUST_LOG=sampan=trace
  exec "$root/tests/rigs/with-desktop.sh" "$0" "$sampan"
fi

work=$(mktemp -d)
# shellcheck source=tests/windows/people.sh
. "$root/tests/windows/people.sh"
sender='' receiver=''
end() {
  # shellcheck disable=SC2086 # empty where it was not started
  kill $sender $receiver 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

frames() { grep -c ' frame ms=' "$work/$1/stderr" || true; }
first_frame() { grep -o 'first frame millis=.*' "$work/$1/stderr"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
memory() { awk '/^VmRSS/ { printf "%d MB", $2 / 1000 }' "/proc/$1/status"; }
# These do wait: they measure a span of time.
seconds() { read -r -t "$1" <> <(:) || true; }

port=$(free_port)
open_window anna 10 light "$port"
receiver=$opened
open_window mei 985 dark 0
sender=$opened
echo "start: $(first_frame anna); $(first_frame mei)"
a11y click any 'Receive files on this computer' "PID:$receiver"
a11y wait any "Copy the address 127.0.0.1:$port" "PID:$receiver"

seconds 1
ticks_before=$(ticks "$receiver") frames_before=$(frames anna)
seconds 6
echo "idle for 6 s: $(($(ticks "$receiver") - ticks_before)) ticks of 10 ms, $(($(frames anna) - frames_before)) frames"
echo "memory: $(memory "$receiver"), $(memory "$sender")"

head -c "${BYTES:-1073741824}" /dev/urandom >"$work/big.bin"

# send_by_window: from one window to the other; returns when bytes flow.
send_by_window() {
  a11y click button 'Add files to send' "PID:$sender"
  type_into_dialog "$work/big.bin"
  confirm_dialog
  a11y wait any 'Take big.bin out of the list' "PID:$sender"
  a11y type "$address_field" "127.0.0.1:$port" "PID:$sender"
  a11y click button "Send 1 file to 127.0.0.1:$port" "PID:$sender"
  if [ "${round:-1}" = 1 ]; then
    a11y click any 'Remember this computer (no code next time)' "PID:$sender"
    type_code "$sender" "$(code_of "$receiver")" "Send big.bin to 127.0.0.1:$port with this code"
    a11y click any 'Remember this computer' "PID:$receiver"
  fi
  a11y wait button 'Accept big.bin from mei' "PID:$receiver"
  a11y click button 'Accept big.bin from mei' "PID:$receiver"
}

# The milliseconds of the transfers that a program's log tells of, a line each.
transfer_times() { grep -o 'a transfer ended.* ms=[0-9]*' "$1" | grep -o '[0-9]*$' || true; }

# wait_for_end FILE COUNT: until that many transfers ended. Starts no process meanwhile: that would be measured as well.
exec {never}<> <(:)
wait_for_end() {
  local lines ended end=$((SECONDS + 120))
  while :; do
    mapfile -t lines <"$1"
    ended=("${lines[@]/#*a transfer ended*/ended}")
    local count=0 line
    for line in "${ended[@]}"; do [ "$line" != ended ] || count=$((count + 1)); done
    [ "$count" -lt "$2" ] || return 0
    [ "$SECONDS" -lt "$end" ] || return 1
    read -r -t 0.3 -u "$never" || true
  done
}

# send_by_command: the same file by the command line; its log goes to $work/command.
send_by_command() {
  local home=$work/command-home at
  at=$(free_port)
  NO_COLOR=1 SAMPAN_HOME=$home-receive "$sampan" receive --listen "127.0.0.1:$at" --dir "$work/anna/Downloads" --once \
    --accept all --insecure-anyone --json >"$work/lines" 2>>"$work/command" &
  until_true 20 'the receiving command' grep -q listening "$work/lines"
  SAMPAN_HOME=$home-send RUST_LOG=error "$sampan" send "$work/big.bin" --to "127.0.0.1:$at" \
    --insecure-anyone --json >/dev/null
  wait $!
}

for round in 1 2 3 4 5; do
  rm -f "$work/anna/Downloads/"*
  send_by_window
  if [ "$round" = 1 ]; then
    frames_here=$(frames anna) frames_there=$(frames mei) started=$EPOCHREALTIME
  fi
  wait_for_end "$work/anna/stderr" "$round"
  if [ "$round" = 1 ]; then
    echo "frames: $(($(frames anna) - frames_here)) receiving, $(($(frames mei) - frames_there)) sending," \
      "in $(python3 -c "print(f'{$EPOCHREALTIME - $started:.1f}')") s"
    echo "memory after it: $(memory "$receiver"), $(memory "$sender")"
  fi
  rm -f "$work/anna/Downloads/"*
  send_by_command
done
paste <(transfer_times "$work/anna/stderr") <(transfer_times "$work/command") | python3 -c '
import statistics, sys
pairs = [tuple(map(int, line.split())) for line in sys.stdin]
ratio = statistics.median(window / command for window, command in pairs)
print("milliseconds by window / by command:", ", ".join(f"{window} / {command}" for window, command in pairs))
print(f"median of the ratios: {ratio:.2f}")'
