#include "pushers/queries/plan_read.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "log/partitioner.h"
#include "pushers/queries/room_access.h"

namespace roomlog {

namespace {

// The greatest seq that a read names, and its field.
struct named_seq {
  std::string_view field;
  seq_no seq;
};

named_seq greatest_named(const history_command& what) {
  named_seq most{"min_seq", what.min_seq};
  if (what.after_seq && *what.after_seq > most.seq) most = {"after_seq", *what.after_seq};
  if (what.before_seq && what.before_seq->value > most.seq.value + 1)
    most = {"before_seq", seq_no{what.before_seq->value - 1}};
  return most;
}
named_seq greatest_named(const members_command& what) {
  return {"min_seq", what.min_seq};
}

client_error beyond_head(std::string_view field, seq_no head) {
  return make_client_error(
      error_code::invalid_field,
      std::string(field) + " is beyond the head, which is " + std::to_string(head.value));
}

template <class Command>
std::optional<client_error> refusal_beyond_head(const fold_lookup&, partition_id,
                                                const Command& what, seq_no head) {
  const auto named = greatest_named(what);
  if (named.seq <= head) return std::nullopt;
  return beyond_head(named.field, head);
}

std::optional<client_error> refusal_beyond_head(const fold_lookup& fold, partition_id partition,
                                                const subscribe_command& what, seq_no head) {
  if (what.after_seq && *what.after_seq > head) return beyond_head("after_seq", head);
  if (what.after_offset && *what.after_offset >= fold.position(partition))
    return beyond_head("after_offset", head);
  return std::nullopt;
}

bool is_behind(const fold_lookup& fold, partition_id partition) {
  return !fold.sees_log_end() || fold.position(partition) < fold.log_end(partition);
}

read_plan refused(client_error why) {
  read_plan plan;
  plan.why = std::move(why);
  return plan;
}

// What the state says now, without a look at how far it is.
template <class Command>
read_plan plan_now(const fold_lookup& fold, partition_id partition, std::string_view room_key,
                   std::string_view user, const Command& what) {
  read_plan plan;
  const auto room = readable_room(fold, room_key, user, plan.why);
  if (!room) return plan;
  if (auto why = refusal_beyond_head(fold, partition, what, room->head))
    return refused(std::move(*why));
  plan.step = read_step::run;
  plan.room = *room;
  return plan;
}

template <class Command>
read_plan plan_of(const fold_lookup& fold, const principal& who, const Command& what,
                  fold_level level) {
  const auto key = who.tenant + '/' + what.room;
  const auto partition = partition_of(key, fold.partitions());
  if (!fold.folds(partition))
    return refused(
        make_client_error(error_code::misdirected, "Another server keeps this room's views"));
  auto plan = plan_now(fold, partition, key, who.user, what);
  if (plan.step == read_step::run || level == fold_level::reached) return plan;
  // It may have become level between the two looks; the second answer is then sound.
  if (!is_behind(fold, partition)) return plan_now(fold, partition, key, who.user, what);
  plan.step = read_step::wait;
  plan.behind = {partition};
  return plan;
}

// A min_seq here names no room: everything that the log held is folded first.
read_plan plan_of(const fold_lookup& fold, const principal&, const rooms_command& what,
                  fold_level level) {
  read_plan plan;
  for (std::uint32_t p = 0; p < fold.partitions(); ++p) {
    const partition_id partition{p};
    if (!fold.folds(partition))
      return refused(make_client_error(error_code::misdirected,
                                       "This server keeps a share of the rooms, not all"));
    if (what.min_seq.value != 0 && level == fold_level::not_awaited && is_behind(fold, partition))
      plan.behind.push_back(partition);
  }
  plan.step = plan.behind.empty() ? read_step::run : read_step::wait;
  return plan;
}

// Every read but subscribe is a query: another one does not compile.
struct as_query {
  query_command operator()(subscribe_command&) const {
    throw std::logic_error("a subscribe was taken for a query");
  }
  template <class Query>
  query_command operator()(Query& what) const {
    return std::move(what);
  }
};

}  // namespace

read_command as_read(command what) {
  return std::visit(
      [](auto& any) -> read_command {
        using kind = std::decay_t<decltype(any)>;
        if constexpr (is_read<kind>) return std::move(any);
        throw std::logic_error("a command that is not a read was taken for one");
      },
      what);
}

view_query query_of(const principal& who, read_command what) {
  view_query query{who.tenant, who.user, {}, {}};
  if (const auto room = room_of(what); !room.empty())
    query.room_key = who.tenant + '/' + std::string(room);
  query.what = std::visit(as_query{}, what);
  return query;
}

const command_id& id_of(const read_command& what) {
  return std::visit([](const auto& any) -> const command_id& { return any.id; }, what);
}

std::string_view room_of(const read_command& what) {
  return std::visit(
      [](const auto& any) -> std::string_view {
        if constexpr (requires { any.room; }) return any.room;
        return {};
      },
      what);
}

read_plan plan_read(const fold_lookup& fold, const principal& who, const read_command& what,
                    fold_level level) {
  return std::visit([&](const auto& any) { return plan_of(fold, who, any, level); }, what);
}

void when_level(fold_lookup& fold, const std::vector<partition_id>& behind,
                std::function<void(result<>)> done) {
  if (behind.size() == 1) return fold.when_level(behind.front(), std::move(done));
  struct wait {
    std::atomic<std::size_t> left;
    std::atomic<bool> over{false};
    std::function<void(result<>)> done;
  };
  const auto all = std::make_shared<wait>();
  all->left = behind.size();
  all->done = std::move(done);
  for (const auto partition : behind)
    fold.when_level(partition, [all](const result<>& reached) {
      if (reached && --all->left != 0) return;
      if (!all->over.exchange(true)) all->done(reached);
    });
}

bool needs_search(const fold_lookup& fold, std::string_view room_key,
                  const subscribe_command& what) {
  return what.after_offset || what.since || !fold.has_everything(room_key);
}

seq_no first_of(const subscribe_command& what, const room_info& room, const found_cursor* found) {
  if (what.after_seq) return next(*what.after_seq);
  if (what.after_offset || what.since) return *found->first;
  if (what.last)
    return seq_no{*what.last >= room.head.value ? 1 : room.head.value + 1 - *what.last};
  return next(room.head);
}

}  // namespace roomlog
