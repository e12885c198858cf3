#include "tests/sim/batch_check.h"

#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

std::string text_of(unsigned kind, unsigned reason, std::uint64_t seq, std::uint64_t first,
                    std::int64_t time) {
  return "kind " + std::to_string(kind) + " reason " + std::to_string(reason) + " seq " +
         std::to_string(seq) + " first " + std::to_string(first) + " time " + std::to_string(time);
}

std::vector<ruling::step> steps_of(const decided_event& d) {
  std::vector<ruling::step> steps;
  for (const auto& s : d.steps) {
    steps.push_back({std::string(s.user), s.delivered.value, s.read.value});
  }
  return steps;
}

}  // namespace

void batch_check::take(const decided_batch& batch) noexcept {
  try {
    if (problem_.empty()) compare(batch);
  } catch (const std::exception& e) {
    problem_ = e.what();
  }
}

void batch_check::check() const {
  if (!problem_.empty()) fail(problem_);
}

void batch_check::compare(const decided_batch& batch) {
  auto& expected = next_[batch.partition.value];
  if (expected && *expected != batch.begin) {
    fail("partition ", batch.partition.value, ": a batch that begins at ", batch.begin.value,
         " is published where ", expected->value, " was next");
  }
  expected = batch.end;
  for (const decided_event& d : batch.events) {
    const ruling& right = judge_.ruling_at(batch.partition, d.at);
    const verdict& v = d.decision;
    const bool same = static_cast<unsigned>(v.kind) == right.kind &&
                      static_cast<unsigned>(v.reason) == right.reason && v.seq.value == right.seq &&
                      v.first_offset.value == right.first_offset &&
                      v.shown_time.value == right.shown_time && steps_of(d) == right.steps;
    if (same) continue;
    fail("partition ", batch.partition.value, ", offset ", d.at.value, ": decided ",
         text_of(static_cast<unsigned>(v.kind), static_cast<unsigned>(v.reason), v.seq.value,
                 v.first_offset.value, v.shown_time.value),
         ", right is ",
         text_of(right.kind, right.reason, right.seq, right.first_offset, right.shown_time));
  }
}

}  // namespace roomlog::sim
