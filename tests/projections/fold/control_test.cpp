// Control records, imports, and what stops a partition.
#include "log/base/hex.h"
#include "log/partitioner.h"
#include "projections/fold/fold_hash.h"
#include "schemas/records/codec.h"
#include "schemas/records/event_bodies.h"
#include "tests/projections/fold/fold_rig.h"
#include "tests/schemas/records/samples.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;

// Clients are told the epoch of the log's identity; verdicts do not depend on it.
TEST(fold_control, epochs_leave_nothing_in_the_state) {
  fold_rig rig, other;
  EXPECT_TRUE(is(rig.take(control_record(epoch_changed{"def456"})), control));
  EXPECT_TRUE(is(other.take(control_record(epoch_changed{"987654"})), control));
  partition_state standing = rig.state().standing();
  standing.hash = other.state().standing().hash;  // both cover the records' bytes
  standing.last_digest = other.state().standing().last_digest;
  std::string ours, theirs;
  standing.encode(ours);
  other.state().standing().encode(theirs);
  EXPECT_EQ(ours, theirs);
}

TEST(fold_control, an_unknown_critical_body_stops_the_partition_and_says_where) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  const offset at = rig.at();
  const partition_state before = rig.state().standing();
  event e = says("ann", "c2");
  e.facts = unknown_body{200};
  e.append = {rig_gateway, 1, rig_nonce, 2};
  rig.take(e);
  EXPECT_NE(rig.state().halted().find("partition 0"), std::string::npos) << rig.state().halted();
  EXPECT_NE(rig.state().halted().find("offset " + std::to_string(at.value)), std::string::npos);
  EXPECT_EQ(rig.state().standing().next, before.next);
  EXPECT_EQ(rig.state().standing().hash, before.hash);
}

TEST(fold_control, an_unknown_body_that_is_not_critical_takes_its_number_only) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  event e = says("ann", "c2");
  e.critical = false;
  e.facts = unknown_body{200};
  e.append = {rig_gateway, 1, rig_nonce, 2};
  EXPECT_TRUE(is(rig.take(e), control));
  EXPECT_TRUE(is(rig.take(e), stale_append));
  e.append.number = 4;
  EXPECT_TRUE(is(rig.take(e), out_of_order));
  rig.number = 3;
  EXPECT_TRUE(is(rig.take(says("ann", "c2")), accepted, 2));
  EXPECT_EQ(rig.state().halted(), "");
}

TEST(fold_control, a_later_fold_version_stops_the_partition) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take(control_record(fold_activated{fold_version})), control));
  EXPECT_EQ(rig.state().halted(), "");
  rig.take(control_record(fold_activated{fold_version + 1}));
  EXPECT_NE(rig.state().halted().find("fold version " + std::to_string(fold_version + 1)),
            std::string::npos);
}

TEST(fold_control, records_of_no_room_get_no_seq) {
  fold_rig rig;
  for (event_facts facts : {event_facts{import_begun{"e"}}, event_facts{fold_activated{1}},
                            event_facts{principal_revoked{"t/u", "", timestamp{}}}}) {
    EXPECT_EQ(rig.take(control_record(std::move(facts))),
              (verdict{control, reject_reason::none, {}, {}, {}}));
  }
}

TEST(fold_control, a_record_with_an_append_number_takes_it_whatever_its_type) {
  const std::string root(log_sealed::root_bytes, 'r');
  for (event_facts facts :
       {event_facts{log_sealed{offset{0}, 1, as_byte_view(root), {}, {}, {}}},
        event_facts{principal_revoked{"t/u", "", timestamp{5}}}, event_facts{epoch_changed{"e"}}}) {
    fold_rig rig;
    event e = control_record(std::move(facts));
    e.append = {rig_gateway, 1, rig_nonce, 2};
    EXPECT_TRUE(is(rig.take(e), out_of_order));
    e.append.number = 1;
    EXPECT_TRUE(is(rig.take(e), control));
    EXPECT_TRUE(is(rig.take(e), stale_append));
    rig.number = 2;
    EXPECT_TRUE(is(rig.take(creates("ann", "c1")), accepted, 1));
  }
}

// A room whose partition in a log of four is `wanted`.
std::string_view room_of(std::uint32_t wanted) {
  for (int i = 0;; ++i) {
    const std::string name = "t/room-" + std::to_string(i);
    if (partition_of(name, 4) == partition_id{wanted}) return keep(name);
  }
}

TEST(fold_partition, has_no_rooms_of_another_partition) {
  fold_rig rig(4);
  EXPECT_TRUE(is(rig.take(creates("ann", "c1", room_of(0))), accepted, 1));
  for (std::uint32_t p = 1; p < 4; ++p) {
    EXPECT_TRUE(is(rig.take(creates("ann", "c1", room_of(p))), reject_reason::malformed));
    --rig.number;  // it was not used
    EXPECT_TRUE(is(rig.take(says("ann", "c2", "x", room_of(p))), reject_reason::malformed));
    --rig.number;
    EXPECT_TRUE(is(rig.take(advances({{"ann", 1, 1}}, room_of(p))), reject_reason::malformed));
    --rig.number;
  }
  EXPECT_TRUE(is(rig.take(says("ann", "c2", "x", room_of(0))), accepted, 2));
  EXPECT_EQ(rig.state().standing().rooms, 1U);
}

TEST(fold_partition, knows_how_many_there_are_from_the_first_descriptor_for_ever) {
  fold_rig rig(4);
  EXPECT_TRUE(is(rig.take(control_record(log_descriptor{"abc123", 1, 1})), control));
  EXPECT_TRUE(is(rig.take(creates("ann", "c1", room_of(3))), reject_reason::malformed));
  EXPECT_EQ(rig.reopened().standing().partitions, 4U);
}

event from(event e, std::uint64_t seq, std::int64_t time, verdict_kind kind = accepted) {
  e.origin = event_origin{
      "old", 3, offset{1000 + seq}, timestamp{time}, static_cast<std::uint8_t>(kind), seq_no{seq}};
  return e;
}

TEST(fold_import, an_origin_without_an_import_is_malformed) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take(from(creates("ann", "c1"), 1, 5)), reject_reason::malformed));
}

TEST(fold_import, takes_time_and_verdict_from_the_origin_and_asks_no_rules) {
  fold_rig rig;
  rig.take(control_record(import_begun{"old"}));
  const offset at = rig.at();
  EXPECT_EQ(rig.take(from(creates_private("ann", "c1"), 1, 5'000)),
            (verdict{accepted, reject_reason::none, seq_no{1}, at, timestamp{5'000}}));
  event late = from(says("stranger", "c2", "x", closed_circle), 2, 4'000);
  late.deadline = timestamp{1};
  EXPECT_TRUE(is(rig.take(late), accepted, 2));
  EXPECT_EQ(rig.room(closed_circle).last_time, timestamp{5'001});
  EXPECT_TRUE(
      is(rig.take(from(says("ann", "c9", "x", closed_circle), 0, 6'000, rejected)), rejected));
  EXPECT_EQ(rig.room(closed_circle).head, seq_no{2});
}

TEST(fold_import, of_a_room_of_another_partition_is_malformed) {
  fold_rig rig(4);
  rig.take(control_record(import_begun{"old"}));
  for (const verdict_kind kind : {accepted, duplicate, rejected}) {
    EXPECT_TRUE(is(rig.take(from(creates("ann", "c1", room_of(2)), 1, 5'000, kind)),
                   reject_reason::malformed));
  }
  EXPECT_TRUE(is(rig.take(from(advances({{"ann", 1, 1}}, room_of(2)), 0, 5'000, advanced)),
                 reject_reason::malformed));
  EXPECT_EQ(rig.state().halted(), "");
  EXPECT_TRUE(is(rig.take(from(creates("ann", "c1", room_of(0)), 1, 5'000)), accepted, 1));
}

TEST(fold_import, a_repeated_record_is_a_duplicate) {
  fold_rig rig;
  rig.take(control_record(import_begun{"old"}));
  rig.take(from(creates("ann", "c1"), 1, 5'000));
  EXPECT_TRUE(is(rig.take(from(creates("ann", "c1"), 1, 5'000)), duplicate, 1));
}

TEST(fold_import, an_imported_duplicate_keeps_its_cid) {
  fold_rig rig;
  rig.take(control_record(import_begun{"old"}));
  rig.take(from(creates("ann", "c1"), 1, 5'000));
  EXPECT_TRUE(is(rig.take(from(joins("ann", "c2"), 1, 5'500, duplicate)), duplicate, 1));
  EXPECT_TRUE(is(rig.take(joins("ann", "c2")), duplicate, 1));
  EXPECT_TRUE(
      is(rig.take(from(joins("ann", "c3"), 2, 5'500, duplicate)), reject_reason::malformed));
}

TEST(fold_import, a_seq_that_is_not_the_rooms_next_stops_the_partition) {
  for (const std::uint64_t seq : {2, 4}) {
    fold_rig rig;
    rig.take(control_record(import_begun{"old"}));
    rig.take(from(creates("ann", "c1"), 1, 5'000));
    rig.take(from(says("ann", "c2"), 2, 6'000));
    rig.take(from(says("ann", "c3"), seq, 7'000));
    EXPECT_NE(rig.state().halted().find("due is 3"), std::string::npos) << rig.state().halted();
  }
}

TEST(fold_import, a_room_begins_with_its_creation_and_has_one) {
  fold_rig rig;
  rig.take(control_record(import_begun{"old"}));
  rig.take(from(says("ann", "c2"), 1, 6'000));
  EXPECT_NE(rig.state().halted(), "");
  fold_rig second;
  second.take(control_record(import_begun{"old"}));
  second.take(from(creates("ann", "c1"), 1, 5'000));
  second.take(from(creates("ann", "c2"), 2, 5'000));
  EXPECT_NE(second.state().halted(), "");
}

TEST(fold_import, a_copied_room_has_the_same_hash) {
  fold_rig source, copy;
  copy.take(control_record(import_begun{"abc123"}));
  copy.take(control_record(import_begun{"abc123"}));
  const std::vector<event> events = {creates("ann", "c1"), joins("bob", "c1"), says("bob", "c2"),
                                     edits("bob", "c3", 3), leaves("bob", "c4")};
  for (event e : events) {
    e.client_time = timestamp{17};
    const timestamp appended = source.now();
    const verdict v = source.take(e);
    ASSERT_EQ(v.kind, accepted);
    copy.take(from(e, v.seq.value, appended.value));
  }
  EXPECT_EQ(source.room().hash, copy.room().hash);
  EXPECT_NE(source.room().hash, hash128{});
  EXPECT_NE(source.state().standing().hash, copy.state().standing().hash);
}

TEST(fold_hash, a_room_with_another_event_or_time_has_another_hash) {
  fold_rig a, b, c;
  for (fold_rig* rig : {&a, &b, &c}) rig->take(creates("ann", "c1"));
  EXPECT_EQ(a.room().hash, b.room().hash);
  a.take(says("ann", "c2", "one"));
  b.take(says("ann", "c2", "two"));
  c.set_now(timestamp{c.now().value + 1});
  c.take(says("ann", "c2", "one"));
  EXPECT_NE(a.room().hash, b.room().hash);
  EXPECT_NE(a.room().hash, c.room().hash);
}

TEST(fold_hash, covers_every_record_and_its_verdict) {
  fold_rig a, b;
  EXPECT_EQ(a.state().standing().hash, b.state().standing().hash);
  a.take_bytes("garbage 1");
  b.take_bytes("garbage 2");
  EXPECT_NE(a.state().standing().hash, b.state().standing().hash);
}

TEST(fold_hash, depends_on_offset_kind_reason_and_seq) {
  const hash128 h{}, digest{};
  const verdict v{accepted, reject_reason::none, seq_no{5}, offset{9}, timestamp{1}};
  const hash128 base = next_partition_hash(h, offset{7}, digest, v);
  EXPECT_NE(base, next_partition_hash(h, offset{8}, digest, v));
  verdict other = v;
  other.kind = duplicate;
  EXPECT_NE(base, next_partition_hash(h, offset{7}, digest, other));
  other = v;
  other.reason = reject_reason::expired;
  EXPECT_NE(base, next_partition_hash(h, offset{7}, digest, other));
  other = v;
  other.seq = seq_no{6};
  EXPECT_NE(base, next_partition_hash(h, offset{7}, digest, other));
  EXPECT_NE(base, next_partition_hash(base, offset{7}, digest, v));
  EXPECT_NE(base, next_partition_hash(h, offset{7}, base, v));
}

// Computed once from docs/fold.md by another program; they never change.
TEST(fold_hash, has_its_documented_bytes) {
  const verdict v{accepted, reject_reason::none, seq_no{1}, offset{2}, timestamp{3}};
  EXPECT_EQ(hex_text(next_partition_hash({}, offset{2}, hash_bytes(std::string_view("abc")), v)),
            "9f3285f8f619d3c46e7d550176c2fe7a");
  EXPECT_EQ(
      hex_text(next_room_hash({}, seq_no{1}, hash_bytes(std::string_view("abc")), timestamp{3})),
      "80ab36f799c1bf6837a892ca17ceacdc");
  std::string scratch;
  event e = says("ann", "c1");
  e.content = as_byte_view("xyz");
  e.digest = digest_of(1);
  EXPECT_EQ(hex_text(event_digest(e, scratch)), "c7cb206577fc09245ca74e2909e61807");
}

TEST(fold_hash, an_event_is_the_same_event_whatever_append_brought_it) {
  std::string scratch;
  event a = says("ann", "c1");
  event b = a;
  b.append = {"g", 1, 2, 3};
  b.deadline = timestamp{5};
  b.traceparent = "00-1-2-03";
  b.origin = event_origin{"e", 1, offset{1}, timestamp{1}, 1, seq_no{1}};
  EXPECT_EQ(event_digest(a, scratch), event_digest(b, scratch));
}

TEST(fold_hash, any_part_of_an_event_changes_its_digest) {
  std::string scratch;
  const event base = reacts("ann", "c1", 5);
  const hash128 digest = event_digest(base, scratch);
  std::vector<event> others(16, base);
  others[0].room = "t/x";
  others[1].actor = "bob";
  others[2].actor_name = "Ann";
  others[3].device = "d2";
  others[4].cid = "c2";
  others[5].after_cid = "c0";
  others[6].digest[0] ^= std::byte{1};
  others[7].digest_alg = digest_algorithm::none;
  others[8].client_time = timestamp{1};
  others[9].gateway_time = timestamp{1};
  others[10].body_encoding = 1;
  others[11].key_id = "k";
  others[12].facts = reaction_changed{seq_no{6}, "+1", false};
  others[13].facts = reaction_changed{seq_no{5}, "-1", false};
  others[14].facts = reaction_changed{seq_no{5}, "+1", true};
  others[15].content = as_byte_view("x");
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_NE(event_digest(others[i], scratch), digest) << i;
  }
}

// The samples are of every body (golden.every_body_is_in_the_corpus).
TEST(fold_hash, samples_of_other_kinds_or_facts_have_other_digests) {
  std::string scratch;
  std::vector<event> all;
  for (const auto& [name, value] : sample_events()) {
    if (!entry_of(value.facts).is_room_event()) continue;
    all.push_back(user_event());
    all.back().facts = value.facts;
  }
  for (const event& a : all) {
    for (const event& b : all) {
      EXPECT_EQ(event_digest(a, scratch) == event_digest(b, scratch), a.facts == b.facts)
          << to_json(a) << to_json(b);
    }
  }
}

}  // namespace
}  // namespace roomlog::testing
