# To be sourced after packages.sh: build_server builds the program in $build, below $root.

build_server() {
  # A build directory that is there keeps its options, or the tests' objects would be made again.
  local options=()
  [[ -f $build/CMakeCache.txt ]] || options=(-DROOMLOG_TESTS=OFF -DROOMLOG_BENCH=OFF)
  say "Building (a first build takes some minutes) …"
  (cd "$root" && cmake --preset release "${options[@]}" >"$root/build/configure.log" 2>&1) ||
    { cat "$root/build/configure.log" >&2; exit 1; }
  cmake --build "$build" --target roomlog >&2
}
