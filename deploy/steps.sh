# shellcheck shell=bash
# To be sourced first by every script of the project. From then on no step fails without a word: the
# script ends with the first command that fails, and says which script, step, command and line it was.
# Commands after which a script goes on say so themselves (`|| true`, `|| code=$?`). What follows `<(`
# fails unseen, so its output is taken with `$(…)` instead.
set -Eeuo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
started_in=$PWD
step=start

say() { printf '%s\n' "$*" >&2; }

# begin STEP: names what follows.
begin() {
  step=$1
  say "$step …"
}

# in_checkout FILE, as bash names it: its path from the root of the checkout.
in_checkout() {
  local path=$1
  if [[ $path != /* ]]; then path=$started_in/$path; fi
  realpath --relative-base="$root" -- "$path"
}

# fail WHY…: ends the script, which cannot go on.
fail() {
  say "$(in_checkout "${BASH_SOURCE[-1]}") failed in the step \"$step\": $*"
  exit 1
}

# say_failure CODES COMMAND, from the trap: CODES has several numbers if COMMAND is of a pipeline.
say_failure() {
  local codes=$1 command=$2 file=${BASH_SOURCE[1]:-bash -c}
  if [[ $codes == *" "* ]]; then command="a pipeline with: $command"; fi
  say "$(in_checkout "${BASH_SOURCE[-1]}") failed in the step \"$step\"," \
    "$(in_checkout "$file") line ${BASH_LINENO[0]}: exit code $codes of: $command"
}
trap 'say_failure "${PIPESTATUS[*]}" "$BASH_COMMAND"' ERR

# quietly FILE COMMAND…: what COMMAND prints goes to FILE, and is shown if it fails.
quietly() {
  local file=$1 code=0
  shift
  "$@" >"$file" 2>&1 || code=$?
  if [[ $code != 0 ]]; then
    cat "$file" >&2
    fail "exit code $code of: $*"
  fi
}

# time_since SECONDS, as $SECONDS was then: "1 min 5 s".
time_since() {
  local seconds=$((SECONDS - $1))
  if ((seconds >= 60)); then printf '%d min ' $((seconds / 60)); fi
  printf '%d s' $((seconds % 60))
}

# say_now_and_then LINE: on a terminal the line stands in the place of the one before; elsewhere one is
# printed every ten seconds. end_now_and_then ends it.
next_line_at=0
say_now_and_then() {
  if [[ -t 2 ]]; then
    printf '\r\033[K%.*s' "${COLUMNS:-79}" "$1" >&2
  elif ((SECONDS >= next_line_at)); then
    say "$1"
    next_line_at=$((SECONDS + 10))
  fi
}

end_now_and_then() {
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}
