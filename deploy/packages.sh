# shellcheck shell=bash
# To be sourced after steps.sh: install_missing LIST… installs the Debian packages that the lists name
# and that are not there. Nothing is downloaded, and no root is needed, where nothing is missing.

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

missing_packages() {
  local listed package
  listed=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u)
  while read -r package; do
    is_installed "$package" || printf '%s\n' "$package"
  done <<<"$listed"
}

# apt would remove the one Boost for the other without much ado; that is not for a script to decide.
refuse_other_boost() {
  local known other
  known=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost*1.74-dev' 2>/dev/null) ||
    [[ $? == 1 ]]  # no package matches
  other=$(sed -n 's/^installed //p' <<<"$known" | sed 1q)
  [[ -n $other ]] || return 0
  say "The -dev packages of Boost 1.81, which roomlog needs, conflict with $other, which is installed."
  fail "remove it (apt-get remove $other), or build in a container."
}

# Reads what apt-get prints with APT::Status-Fd=1, and says now and then how far it is.
say_apt_progress() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^(dl|pm)status:.*:([0-9]+)\.[0-9]+:(.*)$ ]]; then
      say_now_and_then "$(printf '  %3d %%  %s' "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}")"
    fi
  done
  end_now_and_then
}

install_missing() {
  local missing listed as_root=() begun=$SECONDS fetched
  begin "Looking for missing packages"
  command -v dpkg-query >/dev/null || fail "this script installs Debian packages; here is no dpkg."
  listed=$(missing_packages "$@")
  [[ -n $listed ]] || return 0
  mapfile -t missing <<<"$listed"
  if [[ $listed == *libboost* ]]; then refuse_other_boost; fi
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || fail "only root can install what is missing: ${missing[*]}"
    as_root=(sudo)
  fi
  begin "Installing ${#missing[@]} packages and what they need"
  say "  ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  fetched=$(apt-get install --print-uris -y -qq --no-install-recommends "${missing[@]}" |
    awk '/^'\''/ { count++; bytes += $3 } END { printf "%d files, %d MB", count, bytes / 1e6 }')
  say "  to fetch: $fetched; this takes some minutes"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o APT::Status-Fd=1 "${missing[@]}" | say_apt_progress
  say "  installed in $(time_since "$begun")"
}
