#include "projections/worker/worker_lookup.h"

#include "log/partitioner.h"
#include "projections/fold/fold.h"
#include "projections/views/history_view.h"

namespace roomlog {
namespace {

error no_room(std::string_view room) {
  return {errc::not_found, "no room " + std::string(room)};
}

}  // namespace

template <class Ask>
auto worker_lookup::ask(std::string_view room, Ask&& question) const {
  const auto& worker = workers_[partition_of(room, partitions()).value];
  using answer = decltype(worker->ask(std::forward<Ask>(question)));
  if (!worker) return answer(typename answer::value_type());
  return worker->ask(std::forward<Ask>(question));
}

template <class Reached>
result<seq_no> worker_lookup::first_seq(std::string_view room, Reached&& reached) const {
  if (!is_id(room)) return no_room(room);
  const auto found = ask(room, [&](fold_state& fold) -> std::optional<room_state> {
    const fold_state::room* in = fold.find_room(room);
    if (!in) return std::nullopt;
    return in->value;
  });
  if (!found) return found.error();
  const auto& in = *found;
  if (!in) return no_room(room);
  std::uint64_t low = 1, high = in->head.value + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto below = ask(room, [&](fold_state& fold) {
      const auto posted = fold.find_event(in->id, seq_no{middle});
      return posted && !reached(*posted);
    });
    if (!below) return below.error();
    (*below ? low : high) = *below ? middle + 1 : middle;
  }
  return seq_no{low};
}

offset worker_lookup::position(partition_id partition) const {
  const auto& worker = workers_[partition.value];
  return worker ? worker->position() : offset{};
}

offset worker_lookup::log_end(partition_id partition) const {
  return events_.bounds(partition).end;
}

bool worker_lookup::can_decide(partition_id partition) const {
  const auto& worker = workers_[partition.value];
  return worker && worker->can_decide();
}

result<room_info> worker_lookup::find_room(std::string_view room) const {
  if (!is_id(room)) return no_room(room);
  const auto found = ask(room, [&](fold_state& fold) -> std::optional<room_info> {
    const fold_state::room* in = fold.find_room(room);
    if (!in) return std::nullopt;
    const room_state& r = in->value;
    return room_info{r.is_public, r.direct, r.closed, r.head, r.last_time, r.members};
  });
  if (!found) return found.error();
  if (!*found) return no_room(room);
  return **found;
}

result<member_role> worker_lookup::role_of(std::string_view room, std::string_view user) const {
  if (!is_id(room) || !is_id(user)) return member_role::none;
  return ask(room, [&](fold_state& fold) {
    const fold_state::room* in = fold.find_room(room);
    return in ? fold.role_of(in->value.id, user) : member_role::none;
  });
}

result<decided_command> worker_lookup::find_command(std::string_view room, std::string_view actor,
                                                    std::string_view cid) const {
  const error none{errc::not_found, "no such command"};
  if (!is_id(room) || !is_id(actor) || !is_id(cid)) return none;
  const auto found = ask(room, [&](fold_state& fold) -> std::optional<decided_command> {
    const fold_state::room* in = fold.find_room(room);
    if (!in) return std::nullopt;
    const auto command = fold.find_command(in->value.id, actor, cid);
    if (!command) return std::nullopt;
    const auto first = fold.find_event(in->value.id, command->seq);
    if (!first) return std::nullopt;
    return decided_command{command->seq, first->at, first->shown_time, command->algorithm,
                           command->digest};
  });
  if (!found) return found.error();
  if (!*found) return none;
  return **found;
}

result<std::optional<reject_reason>> worker_lookup::would_refuse(const event& ev) const {
  if (!is_id(ev.room) || !is_id(ev.actor)) return std::optional<reject_reason>();
  return ask(ev.room, [&](fold_state& fold) { return roomlog::would_refuse(fold, ev); });
}

result<std::uint64_t> worker_lookup::fence_counter(partition_id partition,
                                                   std::string_view gateway) const {
  const auto& worker = workers_[partition.value];
  if (!worker || !is_id(gateway)) return std::uint64_t{0};
  return worker->ask([&](fold_state& fold) -> std::uint64_t {
    const fold_state::gateway* found = fold.find_gateway(gateway);
    return found ? found->value.counter : 0;
  });
}

result<seq_no> worker_lookup::first_seq_since(std::string_view room, timestamp since) const {
  return first_seq(room, [&](const event_state& e) { return e.shown_time >= since; });
}

result<seq_no> worker_lookup::first_seq_after(std::string_view room, offset after) const {
  return first_seq(room, [&](const event_state& e) { return e.at > after; });
}

bool worker_lookup::has_everything(std::string_view room) const {
  const partition_id partition = partition_of(room, partitions());
  const auto& worker = workers_[partition.value];
  return (worker && worker->views().is_level(history_view_id)) ||
         events_.bounds(partition).start.value == 0;
}

result<seq_no> worker_lookup::first_available(std::string_view room) const {
  if (!is_id(room)) return no_room(room);
  const partition_id partition = partition_of(room, partitions());
  if (!workers_[partition.value]) return no_room(room);
  if (has_everything(room)) return seq_no{1};
  const offset start = events_.bounds(partition).start;
  return first_seq(room, [&](const event_state& e) { return e.at >= start; });
}

namespace {

error folded_elsewhere(partition_id partition) {
  return {errc::closed,
          "partition " + std::to_string(partition.value) + " is not folded by this server"};
}

}  // namespace

void worker_lookup::when_folded(partition_id partition, offset until,
                                std::function<void(result<>)> done) {
  const auto& worker = workers_[partition.value];
  if (!worker) return done(folded_elsewhere(partition));
  worker->when_folded(until, std::move(done));
}

void worker_lookup::when_level(partition_id partition, std::function<void(result<>)> done) {
  const auto& worker = workers_[partition.value];
  if (!worker) return done(folded_elsewhere(partition));
  worker->when_level(std::move(done));
}

}  // namespace roomlog
