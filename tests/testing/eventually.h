// Waiting for what another thread or process brings about.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace roomlog::testing {

// Waits until `holds`, asked again and again; false when `at_most` passes first.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds at_most = std::chrono::seconds(30)) {
  using clock = std::chrono::steady_clock;
  const auto begun = clock::now();
  while (!holds()) {
    const auto waited = clock::now() - begun;
    if (waited > at_most) return false;
    // Soon enough for what is quick, and out of the way of what takes long.
    std::this_thread::sleep_for(
        std::min<clock::duration>(waited / 16, std::chrono::milliseconds(20)));
  }
  return true;
}

}  // namespace roomlog::testing
