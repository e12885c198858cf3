// A fold_lookup that passes everything on, and can be told that the state cannot be read.
#pragma once

#include <atomic>
#include <climits>

#include "projections/worker/fold_lookup.h"

namespace roomlog::testing {

// Thread-safe.
class unruly_fold final : public fold_lookup {
 public:
  explicit unruly_fold(fold_lookup& inner) : inner_(inner) {}

  // The next `more` questions of the state are answered, those after them are not.
  void fail_questions(int more = 0) { answers_left_ = more; }
  void answer_questions() { answers_left_ = INT_MAX; }

  std::uint32_t partitions() const override { return inner_.partitions(); }
  offset position(partition_id p) const override { return inner_.position(p); }
  offset log_end(partition_id p) const override { return inner_.log_end(p); }
  bool sees_log_end() const override { return inner_.sees_log_end(); }
  bool folds(partition_id p) const override { return inner_.folds(p); }
  bool can_decide(partition_id p) const override { return inner_.can_decide(p); }
  result<room_info> find_room(std::string_view room) const override {
    return answer([&] { return inner_.find_room(room); });
  }
  result<member_role> role_of(std::string_view room, std::string_view user) const override {
    return answer([&] { return inner_.role_of(room, user); });
  }
  result<decided_command> find_command(std::string_view room, std::string_view actor,
                                       std::string_view cid) const override {
    return answer([&] { return inner_.find_command(room, actor, cid); });
  }
  result<std::optional<reject_reason>> would_refuse(const event& ev) const override {
    return answer([&] { return inner_.would_refuse(ev); });
  }
  result<std::uint64_t> fence_counter(partition_id p, std::string_view gateway) const override {
    return answer([&] { return inner_.fence_counter(p, gateway); });
  }
  result<seq_no> first_seq_since(std::string_view room, timestamp since) const override {
    return answer([&] { return inner_.first_seq_since(room, since); });
  }
  result<seq_no> first_seq_after(std::string_view room, offset after) const override {
    return answer([&] { return inner_.first_seq_after(room, after); });
  }
  void when_folded(partition_id p, offset until, std::function<void(result<>)> done) override {
    inner_.when_folded(p, until, std::move(done));
  }
  void when_level(partition_id p, std::function<void(result<>)> done) override {
    inner_.when_level(p, std::move(done));
  }

 private:
  template <class Ask>
  auto answer(Ask&& question) const -> decltype(question()) {
    if (answers_left_ == INT_MAX || --answers_left_ >= 0) return question();
    answers_left_ = 0;
    return error{errc::unavailable, "Too many open files"};
  }

  fold_lookup& inner_;
  mutable std::atomic<int> answers_left_{INT_MAX};
};

}  // namespace roomlog::testing
