#include "pushers/transport/connection_shares.h"

#include <utility>

namespace roomlog {

namespace {

std::optional<ip_address> network_of(const std::optional<ip_address>& from) {
  if (!from) return std::nullopt;
  return from->network();
}

}  // namespace

bool connection_shares::taken::has_room(std::size_t most,
                                        const std::optional<ip_address>& from) const {
  const std::size_t free = most - all;
  if (!from) return free != 0;
  const auto found = of.find(*from);
  return (found == of.end() ? 0 : found->second) < free;
}

void connection_shares::taken::take(const std::optional<ip_address>& from) {
  ++all;
  if (!from) return;
  ++addressed;
  ++of[*from];
}

void connection_shares::taken::leave(const std::optional<ip_address>& from) {
  --all;
  if (!from) return;
  --addressed;
  const auto found = of.find(*from);
  if (--found->second == 0) of.erase(found);
}

std::shared_ptr<connection_place> connection_shares::enter(const std::optional<ip_address>& from) {
  const auto network = network_of(from);
  const std::lock_guard lock(mutex_);
  if (served_.has_room(bounds_.served_max, network)) {
    served_.take(network);
    return std::make_shared<connection_place>(*this, true, network);
  }
  if (served_.all < bounds_.served_max) ++stats_.over_address;
  if (told_.has_room(bounds_.told_max, network)) {
    told_.take(network);
    ++stats_.told;
    return std::make_shared<connection_place>(*this, false, network);
  }
  ++stats_.turned_away;
  return nullptr;
}

connection_share_stats connection_shares::stats() const {
  const std::lock_guard lock(mutex_);
  auto now = stats_;
  now.without_token = served_.addressed;
  return now;
}

bool connection_place::come_from(const ip_address& address) {
  const auto network = address.network();
  const std::lock_guard lock(shares_.mutex_);
  if (left_ || !user_.empty() || from_ == network) return true;
  auto& kind = served_ ? shares_.served_ : shares_.told_;
  kind.leave(from_);
  from_.reset();
  const auto most = served_ ? shares_.bounds_.served_max : shares_.bounds_.told_max;
  const bool fits = kind.has_room(most, network);
  if (fits) from_ = network;
  if (!fits) {
    ++shares_.stats_.over_address;
    ++shares_.stats_.told;
  }
  kind.take(from_);
  return fits;
}

bool connection_place::become(const std::string& user) {
  const std::lock_guard lock(shares_.mutex_);
  if (left_ || !user_.empty()) return true;
  auto& count = shares_.of_user_[user];
  if (count >= shares_.bounds_.per_user_max) {
    ++shares_.stats_.over_user;
    return false;
  }
  ++count;
  user_ = user;
  auto& kind = served_ ? shares_.served_ : shares_.told_;
  kind.leave(from_);
  from_.reset();
  kind.take(from_);
  return true;
}

void connection_place::leave() {
  const std::lock_guard lock(shares_.mutex_);
  if (std::exchange(left_, true)) return;
  (served_ ? shares_.served_ : shares_.told_).leave(from_);
  if (user_.empty()) return;
  const auto found = shares_.of_user_.find(user_);
  if (--found->second == 0) shares_.of_user_.erase(found);
}

}  // namespace roomlog
