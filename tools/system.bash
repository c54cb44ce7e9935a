# What the commands need of the system: asked for before anything else, and installed where that is possible.
# shellcheck shell=bash

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# Root on Debian and its relatives can install packages; everybody else has to ask somebody.
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

is_debian() { grep -qs '^ID=debian$' /etc/os-release; }

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null

# A need is a word of ours or a command; what is missing is printed as the Debian package that brings it.
missing_packages() {
  local need
  for need in "$@"; do
    case "$need" in
      compiler) command -v c++ >/dev/null || printf 'g++\n' ;;
      venv) python3 -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv\n' ;;
      certificates) [ ! -e /etc/debian_version ] || [ -e /etc/ssl/certs/ca-certificates.crt ] || printf 'ca-certificates\n' ;;
      fonts) command -v fc-list >/dev/null || printf 'fontconfig\nfonts-dejavu-core\n' ;;
      chromium) has_chromium || printf 'chromium\n' ;;
      flock) command -v flock >/dev/null || printf 'util-linux\n' ;;
      *) command -v "$need" >/dev/null || printf '%s\n' "$need" ;;
    esac
  done
}

describe() {
  case "$1" in
    g++) printf 'a C++ compiler' ;;
    python3-venv) printf "Python 3 with its venv module" ;;
    *) printf '%s' "$1" ;;
  esac
}

# Install what is missing; where that is not possible, name all of it in one sentence and fail.
# What WANTS holds is installed where that is possible, but nothing fails for the want of it alone.
require() {
  local packages package names='' wants="${WANTS:-}"
  # Only Debian has these under their own names.
  is_debian || wants=
  packages=$(missing_packages "$@")
  if [ -n "$packages" ] || can_install; then
    # shellcheck disable=SC2086 # one word, one want
    packages+=$'\n'$(missing_packages $wants)
  fi
  packages=$(printf '%s' "$packages" | xargs)
  [ -n "$packages" ] || return 0
  if can_install; then
    say "installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    # A mirror that answers in part may be enough.
    apt-get -qq -o DPkg::Lock::Timeout=300 update >&2 || true
    # shellcheck disable=SC2086 # one word, one package
    apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $packages >/dev/null && return
    say "apt-get could not install them: is the network there?"
    return 1
  fi
  for package in $packages; do
    names+="${names:+, }$(describe "$package")"
  done
  say "missing here: $names (Debian: apt-get install $packages); install this and call again."
  return 1
}
