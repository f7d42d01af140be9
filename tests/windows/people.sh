# shellcheck shell=bash
# What both scripts here do as a person would: open a window, press, pick a file in the real dialog. To be sourced inside
# a desktop; expects $root, $sampan and $work.

: "${root:?}" "${sampan:?}" "${work:?}"

# play PREFIX: what two windows do is played from here on. Pictures go to target/windows/, PREFIX before their names; at the end
# both windows go ($sender, $receiver), and unless $ok says that all went well what they wrote last is shown.
play() {
  prefix=$1 pictures=${PICTURES:-$root/target/windows}
  mkdir -p "$pictures"
  sender='' receiver='' ok=''
  trap played EXIT
}

played() {
  if [ -z "$ok" ]; then
    picture failed || true
    echo "${0##*/}: FAILED" >&2
    tail -n 20 "$work"/*/stderr "$work"/*/sampan/logs/* >&2 2>/dev/null || true
  fi
  # shellcheck disable=SC2086 # empty where it was not started
  kill $sender $receiver 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}

# picture NAME: the whole screen.
picture() { import -window root "$pictures/$prefix$1.png"; }

a11y() { "$root/tests/rigs/a11y.py" "$@"; }

# until_true SECONDS WHAT COMMAND…: runs COMMAND until it succeeds; fails after the time.
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "${0##*/}: $what: not in time" >&2
      return 1
    fi
    read -r -t 0.1 <> <(:) || true
  done
}

# free_port: one that nobody has; the kernel's own choice, given back at once.
free_port() {
  python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# open_window NAME X THEME PORT [SETTING]: a window with a home of its own, $X points from the left; its process id goes to
# $opened.
open_window() {
  local home=$work/$1
  mkdir -p "$home/Downloads" "$home/sampan"
  printf 'name = "%s"\nlanguage = "en"\ntheme = "%s"\nfolder = "%s"\n%s\n' "$1" "$3" "$home/Downloads" "${5:-}" \
    >"$home/sampan/settings.toml"
  chmod 700 "$home/sampan"
  chmod 600 "$home/sampan/settings.toml"
  HOME="$home" SAMPAN_HOME="$home/sampan" LANG=C.UTF-8 NO_COLOR=1 "$sampan" --listen "127.0.0.1:$4" 2>"$home/stderr" &
  opened=$!
  a11y wait any 'Add files to send' "PID:$opened"
  # A window that is covered by another one does not answer.
  xdotool search --all --pid "$opened" --name '^Sampan$' windowmove "$2" 60
}

# The name of the field for the place to send to.
# shellcheck disable=SC2034 # the scripts use it
address_field='The other computer, by name or address'

# code_of PID: the six digits that a window shows.
code_of() {
  local name
  name=$(a11y name any 'Code *' "PID:$1")
  echo "${name//[!0-9]/}"
}

# type_code PID CODE NAME: types a code into a window's sheet and goes on; NAME is that of the button.
type_code() {
  a11y type 'Code of the other computer' "$2" "PID:$1"
  a11y click button "$3" "PID:$1"
}

# type_into_dialog PATH: waits for the file dialog and types a path into it.
type_into_dialog() {
  until_true 20 'the file dialog' xdotool search --onlyvisible --class zenity
  xdotool search --onlyvisible --class zenity windowactivate --sync
  # A slash opens the dialog's field for a path; what is typed before it is there would be lost.
  xdotool key slash
  a11y holds / zenity
  xdotool type --delay 20 -- "${1#/}"
  until_true 20 "the path $1" holds_path "$1"
}

# holds_path PATH: whether the dialog's field holds it. What the dialog proposes behind it is selected, and goes.
holds_path() {
  A11Y_S=0.5 a11y holds "$1" zenity && return
  xdotool key Delete
  return 1
}

# confirm_dialog: presses Enter and waits until the dialog is gone.
confirm_dialog() {
  xdotool key Return
  until_true 20 'the end of the file dialog' dialog_is_gone
}

dialog_is_gone() { ! xdotool search --onlyvisible --class zenity; }
