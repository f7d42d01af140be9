#!/usr/bin/env bash
# Installs what the tests need, then runs all of them. From any folder, as root, without a terminal.
#
#   tests/run.sh
#
# The first step that fails ends the run and is named.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
exec </dev/null
# shellcheck source=packaging/apt.sh
. packaging/apt.sh

current=start

# Some tests act as another user, fill a small disk, or take a network namespace of their own.
if [ "$(id -u)" -ne 0 ]; then
  echo "tests/run.sh needs root: some tests act as another user and mount small disks. Run: sudo -E env \"PATH=\$PATH\" $0" >&2
  exit 1
fi

say_what_failed() {
  local status=$?
  [ "$status" -eq 0 ] || echo "== FAILED: $current (exit code $status)" >&2
}
trap say_what_failed EXIT

# step HEADING COMMAND...: runs the command under a heading and says how long it took.
step() {
  current=$1
  shift
  local start=$SECONDS
  echo "== $current"
  "$@"
  echo "== $current: $((SECONDS - start)) s"
  echo
}

# The display, the desktop's parts and the tools that the window tests drive it with; what scripts are checked with.
have_what_tests_need() {
  if has_apt; then
    have_packages NEEDED "for the tests" \
      gcc libc6-dev python3 \
      xvfb openbox xdotool x11-utils imagemagick zenity \
      dbus at-spi2-core python3-pyatspi libglib2.0-bin \
      libegl1 libgl1 libgl1-mesa-dri libdbus-1-3 libfontconfig1 \
      libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libxrandr2 fonts-noto-cjk \
      util-linux iproute2 strace python3-fusepy libfuse2 \
      shellcheck desktop-file-utils appstream
  fi
  local tool
  for tool in rustfmt clippy; do
    cargo "${tool/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$tool"
  done
}

# Words that must not stay in the code: left-over debugging, promises, tests that do not run, guesses about time.
no_forbidden_words() {
  local words='\b(dbg|todo|unimplemented)!|\bfixme\b|#\[ignore|\b(thread|time)::sleep\b'
  local found
  if found=$(grep -rniE --include='*.rs' --include='*.ftl' "$words" src tests benches assets); then
    echo "$found"
    echo "These must go: dbg!, todo!, unimplemented!, fixme, #[ignore]; instead of a sleep wait for a condition with a limit."
    return 1
  fi
}

scripts_are_sound() {
  local shell_scripts python_scripts
  mapfile -t shell_scripts < <(find packaging tests benches docs assets -name '*.sh' | sort)
  shellcheck -x .ci/run fuzz/build.sh "${shell_scripts[@]}"
  mapfile -t python_scripts < <(find packaging tests benches docs assets -name '*.py' | sort)
  python3 -c 'import ast, sys
for path in sys.argv[1:]: ast.parse(open(path, encoding="utf-8").read(), path)' "${python_scripts[@]}"
  echo "${#shell_scripts[@]} shell scripts, ${#python_scripts[@]} Python scripts"
}

# Every fuzz target for ten seconds, two at a time; the program is the one that the tests before built.
fuzz_targets() {
  SAMPAN_FUZZ_SECS=10 cargo test --locked --test it fuzz::any -- --nocapture --test-threads=2
}

step "what the tests need" have_what_tests_need
step "forbidden words" no_forbidden_words
step "scripts" scripts_are_sound
step "packaging" packaging/linux/check.sh
step "dependencies" python3 tests/dependencies.py
step "formatting" cargo fmt --check
step "clippy" cargo clippy --locked --all-targets -- -D warnings
step "clippy without the window" cargo clippy --locked --no-default-features -- -D warnings
step "tests" cargo test --locked
step "fuzz" fuzz_targets
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
echo "== all passed in $SECONDS s"
