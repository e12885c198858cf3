# To be sourced: install_missing LIST… installs the Debian packages that the lists name and that are
# not there. Nothing is downloaded, and no root is needed, where nothing is missing.

say() { printf '%s\n' "$*" >&2; }

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

missing_packages() {
  local package
  while read -r package; do
    is_installed "$package" || echo "$package"
  done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u)
}

# apt would remove the one Boost for the other without much ado; that is not for a script to decide.
refuse_other_boost() {
  local other
  other=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost*1.74-dev' 2>/dev/null |
    sed -n 's/^installed //p' | head -n 1) || true  # dpkg-query fails where no package matches
  [[ -n $other ]] || return 0
  say "The -dev packages of Boost 1.81, which roomlog needs, conflict with $other, which is installed."
  say "Remove it (apt-get remove $other), or build in a container."
  exit 1
}

install_missing() {
  command -v dpkg-query >/dev/null || { say "This script installs Debian packages; here is no dpkg."; exit 1; }
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -ne 0 ]] || return 0
  if [[ " ${missing[*]} " == *" libboost"* ]]; then refuse_other_boost; fi
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || { say "Missing, and only root can install: ${missing[*]}"; exit 1; }
    as_root=(sudo)
  fi
  say "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
