#include "pushers/transport/direct_outputs.h"

#include <algorithm>

namespace roomlog {

output_place direct_outputs::add(int socket) {
  if (unused_.empty()) {
    entries_.push_back({socket, false});
    return output_place{static_cast<std::uint32_t>(entries_.size() - 1)};
  }
  const auto at = unused_.back();
  unused_.pop_back();
  entry_of(at) = {socket, false};
  return at;
}

void direct_outputs::remove(output_place at) {
  if (at == output_place::none) return;
  entry_of(at) = {-1, false};
  unused_.push_back(at);
}

void direct_outputs::send(std::span<const output_place> to, const gather_list& pieces,
                          std::vector<cut_send>& cut) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto& [socket, idle] = entry_of(to[i]);
    // A socket that fails has its failure found by its connection.
    const auto sent = idle ? std::max<ssize_t>(0, send_pieces(socket, pieces)) : 0;
    const auto bytes = static_cast<std::size_t>(sent);
    sends_ += idle ? 1 : 0;
    bytes_sent_ += bytes;
    if (bytes < pieces.bytes()) cut.push_back({i, bytes});
  }
}

}  // namespace roomlog
