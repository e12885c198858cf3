// Waiting for what another thread or process brings about.
#pragma once

#include <chrono>
#include <thread>

namespace roomlog {

// Waits until `holds`, asked again and again; false when `at_most` passes first.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds at_most = std::chrono::seconds(30)) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace roomlog
