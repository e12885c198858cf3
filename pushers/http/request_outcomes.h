// Requests over HTTP that wait for the answers to their commands, as sessions do: each has a key
// (answer_key.h), to which the answer is addressed. Nothing is written over HTTP yet.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "pushers/answer_key.h"

namespace roomlog {

// Thread-safe.
class request_outcomes {
 public:
  using taker = std::function<void(const addressed_outcome&)>;

  // `take` is called once, with the answer to the key that is given, on the thread that brings it;
  // it does not block.
  answer_key expect(taker take);
  // The request has ended: its answer is dropped.
  void forget(answer_key key);
  // Hands over those of the answers that are addressed to requests, and removes them.
  void take_from(std::vector<addressed_outcome>& answers);
  std::size_t waiting() const;

 private:
  taker taken(answer_key key);

  mutable std::mutex mutex_;
  std::unordered_map<answer_key, taker> takers_;
  std::uint64_t last_ = 0;
};

}  // namespace roomlog
