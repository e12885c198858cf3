# shellcheck shell=bash
# To be sourced after steps.sh: builds below $root/build/release.
build=${root:?steps.sh is sourced first}/build/release

# CI builds with warnings as errors.
warnings_option() { if [[ ${CI:-} == true ]]; then echo -DROOMLOG_WERROR=ON; else echo -DROOMLOG_WERROR=OFF; fi; }

# configure_release [OPTION…], of CMake.
configure_release() {
  begin "Configuring the build"
  mkdir -p "$root/build"
  quietly "$root/build/configure.log" cmake -S "$root" --preset release "$@"
}

# compile DIR [TARGET…]. Ninja keeps one line up to date on a terminal; elsewhere one line every ten
# seconds says how far it is, and all of what compilers say is shown.
compile() {
  local directory=$1 targets=() begun=$SECONDS
  if (($# > 1)); then targets=(--target "${@:2}"); fi
  if [[ -t 2 ]]; then
    cmake --build "$directory" "${targets[@]}" >&2
  else
    cmake --build "$directory" "${targets[@]}" 2>&1 | say_build_progress
  fi
  say "  built in $(time_since "$begun")"
}

say_build_progress() {
  local line
  while IFS= read -r line; do
    if [[ $line == "["*"/"*"] "* ]]; then say_now_and_then "  $line"; else say "$line"; fi
  done
}

# Builds the program.
build_server() {
  local count=0
  if [[ -f $build/CMakeCache.txt ]]; then
    configure_release  # with the options that it has, or the tests' objects would be made again
  else
    configure_release -DROOMLOG_TESTS=OFF -DROOMLOG_BENCH=OFF "$(warnings_option)"
    count=$(ninja -C "$build" -t commands roomlog | wc -l)
  fi
  begin "Building the server"
  if ((count > 0)); then say "  $(estimate "$count")"; fi
  compile "$build" roomlog
}

# What a first build takes: some 2.5 s of one core for each step, measured on a small server.
estimate() {
  local cores
  cores=$(nproc)
  printf '%d steps on %d cores, about %d min, less if ccache has some of it' \
    "$1" "$cores" $((($1 * 5 / 2 / cores + 59) / 60))
}
