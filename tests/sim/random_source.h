// The simulation's only source of chance: a seed gives the same numbers on every machine and at
// every optimisation level. (splitmix64, public domain, https://prng.di.unimi.it/splitmix64.c)
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace roomlog::sim {

class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // From 0 to below `bound`, which is not 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // So often of 1,000 times.
  bool in_1000(std::uint64_t times) { return below(1'000) < times; }
  std::chrono::microseconds between(std::chrono::microseconds least,
                                    std::chrono::microseconds most) {
    const auto width = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + std::chrono::microseconds(static_cast<std::int64_t>(below(width)));
  }
  template <class List>
  auto& one_of(List& list) {
    return list[static_cast<std::size_t>(below(list.size()))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace roomlog::sim
