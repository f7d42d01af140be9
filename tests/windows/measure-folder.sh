#!/usr/bin/env bash
# measure-folder.sh [SAMPAN]: what a window costs while 10,000 files arrive as fast as they can, and a person scrolls through
# the list of them meanwhile. Prints how long its frames took (median, 99 of 100, longest), drawing and all, and its resident
# memory before, at most and after, round by round. Numbers for people: nothing fails here but what does not run at all.
#
# SAMPAN is the program, target/release/sampan if it is not given. Needs what two-windows.sh needs. FILES is how many files there
# are, BYTES the size of each, ROUNDS how often they are sent, each time into an empty folder.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sampan=$(realpath "${1:-${CARGO_TARGET_DIR:-$root/target}/release/sampan}")
if [ -z "${WITH_DESKTOP:-}" ]; then
  export RUST_LOG=sampan::ui=trace
  exec "$root/tests/rigs/with-desktop.sh" "$0" "$sampan"
fi

work=$(mktemp -d)
# shellcheck source=tests/windows/people.sh
. "$root/tests/windows/people.sh"
receiver='' person=''
end() {
  # shellcheck disable=SC2086 # empty where it was not started
  kill $person $receiver 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

memory() { awk -v what="$1" '$1 == what":" { printf "%d", $2 / 1000 }' "/proc/$receiver/status"; }

python3 - "$work/many" "${FILES:-10000}" "${BYTES:-4096}" <<'PY'
import os, pathlib, sys
top, files, size = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for n in range(files):
    folder = top / f'{n // 100:04}'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f'{n:06}.bin').write_bytes(os.urandom(size))
PY

port=$(free_port)
open_window anna 10 light "$port"
receiver=$opened window=PID:$opened
a11y click any 'Receive files on this computer' "$window"
a11y wait any "Copy the address 127.0.0.1:$port" "$window"
echo "memory at rest: $(memory VmRSS) MB"

# A person who turns the wheel over the list, some thirty times a second.
scroll() {
  local button
  xdotool mousemove 500 560
  while :; do
    for button in 5 5 5 5 5 5 4 4 4; do xdotool click --repeat 3 --delay 33 "$button"; done
  done
}

for round in $(seq "${ROUNDS:-3}"); do
  rm -rf "$work/anna/Downloads/many"
  before=$(wc -l <"$work/anna/stderr")
  SAMPAN_HOME=$work/sender RUST_LOG=error "$sampan" send "$work/many" --to "127.0.0.1:$port" --code "$(code_of "$receiver")" \
    --json >"$work/lines" &
  sending=$!
  a11y click button 'Accept many/*' "$window"
  a11y click button 'Show or hide the files of many/*' "$window"
  scroll 2>/dev/null &
  person=$!
  wait "$sending"
  A11Y_S=60 a11y wait any 'Delivered, verified' "$window"
  kill "$person"
  wait "$person" 2>/dev/null || true
  person=''
  tail -n "+$((before + 1))" "$work/anna/stderr" | grep -o ' frame ms=.*' | python3 -c '
import sys
times = sorted(float(line.split("=")[1]) for line in sys.stdin)
at = lambda part: times[min(int(len(times) * part), len(times) - 1)]
print(f"round '"$round"': {len(times)} frames, median {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms, longest {times[-1]:.1f} ms", end="")'
  echo "; memory $(memory VmRSS) MB, at most $(memory VmHWM) MB"
  a11y click button 'Remove many/*' "$window"
done
