// The fold against the naive model, and the two stores against each other, on generated records.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <sstream>

#include "projections/store/rocks_state_store.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/fold_rig.h"
#include "tests/projections/fold/generated_records.h"
#include "tests/projections/fold/naive_model.h"
#include "tests/projections/store/store_dump.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

// What a gateway would seal so many records back.
std::string seal_of(std::size_t back, const std::vector<hash128>& hashes) {
  static const std::string root(log_sealed::root_bytes, 'r');
  const std::size_t upto = hashes.size() - 1 - std::min(back, hashes.size() - 1);
  return encode(
      control_record(log_sealed{offset{upto}, upto, as_byte_view(root), hashes[upto], {}, {}}));
}

// Calls each(record, decoded or null) with records as a log would show them. `each` decides into
// `state`.
template <class Each>
void for_each_record(const std::vector<generated_record>& records, const fold_state& state,
                     Each&& each) {
  std::vector<hash128> hashes;
  for (std::size_t i = 0; i < records.size(); ++i) {
    hashes.push_back(state.standing().hash);
    const generated_record& one = records[i];
    const std::string value = one.seal_of ? seal_of(*one.seal_of, hashes) : one.value;
    record_batch_builder builder(partition_id{0}, offset{i});
    builder.add(offset{i}, one.append_time, "", as_byte_view(value));
    const auto batch = builder.finish();
    const auto decoded = decode((*batch)[0].value);
    each((*batch)[0], decoded ? &*decoded : nullptr);
  }
}

std::string text_of(const std::vector<watermark_step>& steps) {
  std::ostringstream out;
  for (const watermark_step& s : steps) {
    out << s.user << ' ' << s.delivered_before.value << '/' << s.read_before.value << '>'
        << s.delivered.value << '/' << s.read.value << ' ';
  }
  return out.str();
}

verdict as_verdict(const naive_verdict& n) {
  return {static_cast<verdict_kind>(n.kind), static_cast<reject_reason>(n.reason), seq_no{n.seq},
          offset{n.at}, timestamp{n.time}};
}

// S2.2.4.5, conflict 13: what every fold decides
RC_GTEST_PROP(model, the_fold_decides_as_the_naive_model_does, ()) {
  const auto records = *generated_records(1500);
  memory_state_store store(1);
  fold_state state(store.partition(partition_id{0}), partition_id{0});
  naive_model model = make_naive_model();
  for_each_record(records, state, [&](const record_view& record, const event* ev) {
    const verdict v = decide(state, record, ev);
    const naive_verdict said = model(ev, record.at.value, record.append_time.value);
    const verdict expected = as_verdict(said);
    if (v != expected) {
      RC_LOG() << "offset " << record.at.value << ": " << ::testing::PrintToString(v)
               << ", model: " << ::testing::PrintToString(expected) << "\n"
               << (ev ? to_json(*ev) : "garbage");
    }
    RC_ASSERT(v == expected);
    if (v.kind == verdict_kind::advanced) RC_ASSERT(text_of(state.moved().steps) == said.moved);
    RC_ASSERT(state.halted().empty());
  });
}

// Read and delivered marks are never above the head, nor read above delivered; what is kept of an
// offset says what moved there.
RC_GTEST_PROP(model, what_moved_is_kept_under_its_offset, ()) {
  const auto records = *generated_records(800);
  memory_state_store store(1);
  fold_state state(store.partition(partition_id{0}), partition_id{0});
  for_each_record(records, state, [&](const record_view& record, const event* ev) {
    const verdict v = decide(state, record, ev);
    const auto kept = state.tables().find_moves(record.at);
    const bool moved = v.kind == verdict_kind::advanced && !state.moved().steps.empty();
    RC_ASSERT(kept.has_value() == moved);
    if (!moved) return;
    RC_ASSERT(kept->moved == state.moved().moved);
    RC_ASSERT(kept->shown_time == v.shown_time);
    const seq_no head = state.find_room(ev->room)->value.head;
    for (const watermark_step& s : state.moved().steps) {
      RC_ASSERT(s.read <= s.delivered);
      RC_ASSERT(s.delivered <= head);
    }
  });
}

RC_GTEST_PROP(model, tokens_are_revoked_up_to_the_latest_revocation, ()) {
  const auto records = *generated_records(800);
  memory_state_store store(1);
  fold_state state(store.partition(partition_id{0}), partition_id{0});
  std::map<std::pair<std::string, std::string>, timestamp> latest;
  for_each_record(records, state, [&](const record_view& record, const event* ev) {
    const verdict v = decide(state, record, ev);
    const auto* what = ev ? std::get_if<principal_revoked>(&ev->facts) : nullptr;
    if (!what || v.kind != verdict_kind::control) return;
    timestamp& before = latest[{std::string(what->user), std::string(what->device)}];
    before = std::max(before, what->before);
  });
  for (const char* user : {"t/ann", "t/bob", "t/cyd", "t/dan", "u/ann"}) {
    for (const char* device : {"", "d1", "d2"}) {
      RC_ASSERT(state.tables().revoked_up_to(user, device) ==
                std::max(latest[{user, ""}], latest[{user, device}]));
    }
  }
}

// What a gateway asks before it appends.
RC_GTEST_PROP(model, what_would_be_refused_is_what_is_refused, ()) {
  const auto records = *generated_records(500);
  memory_state_store store(1);
  fold_state state(store.partition(partition_id{0}), partition_id{0});
  for_each_record(records, state, [&](const record_view& record, const event* ev) {
    const bool asked = ev != nullptr && is_room_event(*ev) && !ev->origin && !ev->room.empty() &&
                       !ev->actor.empty();
    const auto told = asked ? would_refuse(state, *ev) : std::nullopt;
    const verdict v = decide(state, record, ev);
    if (!asked) return;
    const bool of_the_rules =
        v.kind == verdict_kind::rejected && v.reason >= reject_reason::predecessor_missing;
    if (of_the_rules) RC_ASSERT(told == v.reason);
    if (v.kind == verdict_kind::accepted) RC_ASSERT(told == std::nullopt);
  });
}

// Or the properties would prove nothing.
TEST(model, the_generated_records_reach_every_verdict_and_reason) {
  std::map<int, int> kinds, reasons;
  int steps = 0, revocations = 0, reactions_repeated = 0, seals = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    memory_state_store store(1);
    fold_state state(store.partition(partition_id{0}), partition_id{0});
    const auto records = generated_records(1500)(rc::Random(seed), 100).value();
    for_each_record(records, state, [&](const record_view& record, const event* ev) {
      const verdict v = decide(state, record, ev);
      ++kinds[static_cast<int>(v.kind)];
      ++reasons[static_cast<int>(v.reason)];
      if (v.kind == verdict_kind::advanced) steps += static_cast<int>(state.moved().steps.size());
      if (!ev) return;
      const bool reaction = std::holds_alternative<reaction_changed>(ev->facts);
      reactions_repeated += reaction && v.kind == verdict_kind::duplicate;
      revocations += std::holds_alternative<principal_revoked>(ev->facts);
      seals += std::holds_alternative<log_sealed>(ev->facts);
    });
  }
  for (int k = 1; k <= 8; ++k) EXPECT_GT(kinds[k], 40) << to_string(static_cast<verdict_kind>(k));
  for (const int count : {steps, revocations, reactions_repeated, seals}) EXPECT_GT(count, 40);
  for (int r = 1; r <= 9; ++r)
    EXPECT_GT(reasons[r], 40) << to_string(static_cast<reject_reason>(r));
}

RC_GTEST_PROP(model, the_fold_on_rocksdb_decides_as_in_memory, ()) {
  const auto records = *generated_records(200);
  const auto commit_every = *rc::gen::inRange<std::size_t>(1, 60);
  temporary_directory dir;
  memory_state_store memory(1);
  auto rocks = open_rocks_state_store(dir.path(), {1, "e", 8 << 20});
  RC_ASSERT(rocks.has_value());
  const partition_id p{0};
  fold_state in_memory(memory.partition(p), p);
  fold_state on_disk((*rocks)->partition(p), p);
  for_each_record(records, in_memory, [&](const record_view& record, const event* ev) {
    RC_ASSERT(decide(in_memory, record, ev) == decide(on_disk, record, ev));
    if (record.at.value % commit_every == 0) {
      on_disk.stage();
      (void)on_disk.forget_front();
      RC_ASSERT((*rocks)->commit(std::span(&p, 1)).has_value());
    }
  });
  RC_ASSERT(in_memory.standing().hash == on_disk.standing().hash);
  in_memory.stage();
  RC_ASSERT(memory.commit(std::span(&p, 1)).has_value());
  on_disk.stage();
  RC_ASSERT((*rocks)->commit(std::span(&p, 1)).has_value());
  RC_ASSERT(dump_of(memory) == dump_of(**rocks));
}

}  // namespace
}  // namespace roomlog::testing
