# shellcheck shell=bash
# To be sourced after steps.sh: run_ctest DIR [options…] runs the tests of a build directory and says what
# failed, a running count on a terminal, and the sum.
run_ctest() {
  local quiet=()
  if [[ -t 1 ]]; then quiet=(--progress); fi
  ctest --test-dir "$1" --output-on-failure --no-tests=error -j "$(nproc)" "${quiet[@]}" "${@:2}" |
    if [[ -t 1 ]]; then cat; else sed -E '/^ +Start +[0-9]+: | Passed +[0-9.]+ sec *$/d'; fi
}
