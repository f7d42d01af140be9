#!/usr/bin/env bash
# Breaks transfers on purpose, many times over, and says what was wrong: docs/testing.md, "Breaking it". As root.
#
#   tests/chaos.sh [--seed N] [--cycles N] [--every-call] [--only WORD] [--keep] [--quiet]
#
# --seed N      the first cycle's seed; the next ones count on (default: another one each time, which is printed)
# --cycles N    how many (default: 2000)
# --every-call  instead: one cycle for every system call of either side, killed there
# --only WORD   only faults with this in their name, for example "line" or "killed"
# --keep        the folders of cycles in which something was wrong stay, and are named
# --quiet       only what was wrong, and the counts
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SAMPAN_CHAOS_CYCLES=2000 SAMPAN_CHAOS_VERBOSE=1
while [ $# -gt 0 ]; do
  case $1 in
    --seed) export SAMPAN_CHAOS_SEED=$2 && shift ;;
    --cycles) SAMPAN_CHAOS_CYCLES=$2 && shift ;;
    --every-call) export SAMPAN_CHAOS_EVERY_CALL=1 ;;
    --only) export SAMPAN_CHAOS_ONLY=$2 && shift ;;
    --keep) export SAMPAN_CHAOS_KEEP=1 ;;
    --quiet) unset SAMPAN_CHAOS_VERBOSE ;;
    *)
      echo "tests/chaos.sh: $1 is not known; the options stand at the head of the script" >&2
      exit 2
      ;;
  esac
  shift
done
exec cargo test --locked --test it chaos:: -- --nocapture
