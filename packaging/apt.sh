# shellcheck shell=bash
# Debian packages for run.sh and tests/run.sh. To be sourced; everything it says goes to stderr, so that stdout stays the
# program's own. A package may be written as alternatives, "a|b|c": one of them is enough, and the first is what gets installed.

# Whether this is a system whose packages we know how to look at.
has_apt() {
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null
}

# is_installed PACKAGE: whether one package is there and whole.
is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | head -n 1)" = installed ]
}

# missing_packages PACKAGE...: prints the packages to install, one a line; of alternatives the first.
missing_packages() {
  local wanted name found
  for wanted in "$@"; do
    found=
    for name in ${wanted//|/ }; do
      if is_installed "$name"; then
        found=1
        break
      fi
    done
    [ -n "$found" ] || printf '%s\n' "${wanted%%|*}"
  done
}

# install_packages PACKAGE...: installs them with apt-get and says so. Needs root.
install_packages() {
  echo "Installing: $*" >&2
  {
    apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } >&2 </dev/null
}

# have_packages NEEDED|OPTIONAL WHAT-FOR PACKAGE...: afterwards they are there, or it was said how to get them.
# Fails only if needed ones are missing and cannot be installed from here.
have_packages() {
  local necessity=$1 purpose=$2 missing
  shift 2
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -eq 0 ] && install_packages "${missing[@]}"; then
    return 0
  fi
  {
    echo "Missing ${purpose}: ${missing[*]}"
    echo "To install: sudo apt-get install -y --no-install-recommends ${missing[*]}"
  } >&2
  [ "$necessity" = OPTIONAL ]
}
