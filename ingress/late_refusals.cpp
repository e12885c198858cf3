#include "ingress/late_refusals.h"

#include <algorithm>
#include <iterator>

namespace roomlog {
namespace {

std::size_t bytes_of(const late_refusals::entry& refusal) {
  return sizeof refusal + refusal.command.bytes();
}

}  // namespace

void late_refusals::add(entry refusal) {
  const std::size_t bytes = bytes_of(refusal);
  bytes_ += bytes;
  refusal.share.add_bytes(bytes);
  waiting_.push_back(std::move(refusal));
}

std::vector<late_refusals::entry> late_refusals::take(
    const std::function<bool(const entry&)>& taken) {
  std::vector<entry> out;
  if (waiting_.empty()) return out;
  const auto rest = std::stable_partition(waiting_.begin(), waiting_.end(),
                                          [&](const entry& e) { return !taken(e); });
  std::move(rest, waiting_.end(), std::back_inserter(out));
  waiting_.erase(rest, waiting_.end());
  for (const auto& e : out) bytes_ -= bytes_of(e);
  return out;
}

void late_refusals::close_connection(std::uint64_t connection) {
  (void)take([&](const entry& e) { return e.to.connection == connection; });  // dropped
}

}  // namespace roomlog
