#include "log/identity.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "log/memory_log.h"
#include "tests/log/fake_identity_codec.h"
#include "tests/log/log_helpers.h"
#include "tests/testing/log_share.h"

namespace roomlog::testing {
namespace {

// A log of three partitions without descriptors.
std::unique_ptr<log> bare_log() {
  memory_log_options options;
  options.wanted.partitions = 3;
  return open_memory_log(options).value();
}

const fake_identity_codec codec;
const log_identity wanted{"abc123", 3, format_version_current};

TEST(identity, a_new_log_gets_one_descriptor_per_partition) {
  const auto engine = bare_log();
  EXPECT_EQ(establish_identity(*engine, codec, wanted).value(), wanted);
  for (std::uint32_t p = 0; p < 3; ++p) {
    const auto records = read_from(*engine, partition_id{p}, offset{0});
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].value, codec.encode(wanted));
  }
}

TEST(identity, what_stands_in_partition_0_decides_and_missing_copies_are_written) {
  const auto engine = bare_log();
  const log_identity older{"0ld", 3, format_version_current};
  ASSERT_TRUE(append_one(*engine, partition_id{0}, codec.encode(older)));
  ASSERT_TRUE(append_one(*engine, partition_id{2}, codec.encode(older)));
  EXPECT_EQ(establish_identity(*engine, codec, wanted).value(), older);
  EXPECT_EQ(read_from(*engine, partition_id{1}, offset{0}).at(0).value, codec.encode(older));
  EXPECT_EQ(engine->bounds(partition_id{2}).end, offset{1});
}

TEST(identity, a_second_descriptor_in_a_partition_is_ignored) {
  const auto engine = bare_log();
  ASSERT_TRUE(establish_identity(*engine, codec, wanted));
  ASSERT_TRUE(append_one(*engine, partition_id{0}, codec.encode({"fff", 3, 1})));
  EXPECT_EQ(establish_identity(*engine, codec, wanted).value(), wanted);
}

TEST(identity, a_partition_that_disagrees_is_refused_and_named) {
  const auto engine = bare_log();
  ASSERT_TRUE(append_one(*engine, partition_id{0}, codec.encode(wanted)));
  ASSERT_TRUE(append_one(*engine, partition_id{2}, codec.encode({"fff", 3, 1})));
  const auto refused = establish_identity(*engine, codec, wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::mismatch);
  EXPECT_NE(refused.error().text.find("partition 2 says epoch fff"), std::string::npos);
}

TEST(identity, a_partition_that_is_not_open_is_left_out_and_its_copy_can_be_checked_later) {
  const auto engine = bare_log();
  log_share sight(*engine);
  sight.close_partition(partition_id{2});
  EXPECT_EQ(establish_identity(sight, codec, wanted).value(), wanted);
  EXPECT_EQ(engine->bounds(partition_id{2}).end, offset{0});
  sight.open_partition(partition_id{2});
  EXPECT_EQ(check_copy(sight, codec, partition_id{2}, wanted).error().code, errc::not_found);
  ASSERT_TRUE(append_one(*engine, partition_id{2}, codec.encode(wanted)));
  EXPECT_TRUE(check_copy(sight, codec, partition_id{2}, wanted));
  const auto other = check_copy(sight, codec, partition_id{2}, {"fff", 3, 1});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, errc::mismatch);
}

TEST(identity, a_copy_stands_in_for_partition_0_that_is_not_open) {
  const auto engine = bare_log();
  log_share sight(*engine);
  sight.close_partition(partition_id{0});
  const auto unknown = establish_identity(sight, codec, wanted);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, errc::unavailable);
  const log_identity older{"0ld", 3, format_version_current};
  ASSERT_TRUE(append_one(*engine, partition_id{2}, codec.encode(older)));
  EXPECT_EQ(establish_identity(sight, codec, wanted).value(), older);
  EXPECT_EQ(read_from(*engine, partition_id{1}, offset{0}).at(0).value, codec.encode(older));
  EXPECT_EQ(engine->bounds(partition_id{0}).end, offset{0});
}

TEST(identity, a_trimmed_partition_needs_no_descriptor_and_gets_none) {
  const auto engine = bare_log();
  ASSERT_TRUE(establish_identity(*engine, codec, wanted));
  ASSERT_TRUE(append_one(*engine, partition_id{0}, "hello"));
  ASSERT_TRUE(engine->trim(partition_id{0}, offset{1}));  // some are left
  ASSERT_TRUE(engine->trim(partition_id{1}, offset{1}));  // none
  const log_identity other{"fff", 3, format_version_current};
  EXPECT_EQ(establish_identity(*engine, codec, other).value(), wanted);
  EXPECT_EQ(find_identity(*engine, codec).value(), wanted);
  EXPECT_TRUE(check_copy(*engine, codec, partition_id{1}, wanted));
  EXPECT_EQ(engine->bounds(partition_id{0}).end, offset{2});
  EXPECT_EQ(engine->bounds(partition_id{1}).end, offset{1});
}

TEST(identity, a_log_of_which_every_partition_was_trimmed_is_not_taken_for_a_new_one) {
  const auto engine = bare_log();
  ASSERT_TRUE(establish_identity(*engine, codec, wanted));
  for (partition_id p{0}; p.value < 3; ++p) ASSERT_TRUE(engine->trim(p, offset{1}));
  for (const auto& refused :
       {establish_identity(*engine, codec, wanted), find_identity(*engine, codec)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
  }
  for (partition_id p{0}; p.value < 3; ++p) EXPECT_EQ(engine->bounds(p).end, offset{1});
}

TEST(identity, a_partition_that_begins_with_something_else_is_damaged) {
  const auto engine = bare_log();
  ASSERT_TRUE(append_one(*engine, partition_id{0}, codec.encode(wanted)));
  ASSERT_TRUE(append_one(*engine, partition_id{1}, "hello"));
  const auto refused = establish_identity(*engine, codec, wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::damaged);
  EXPECT_NE(refused.error().text.find("partition 1, offset 0"), std::string::npos);
}

TEST(identity, a_descriptor_for_another_number_of_partitions_is_refused) {
  const auto engine = bare_log();
  ASSERT_TRUE(append_one(*engine, partition_id{0}, codec.encode({"abc", 4, 1})));
  EXPECT_EQ(establish_identity(*engine, codec, wanted).error().code, errc::mismatch);
}

TEST(identity, a_new_epoch_is_1_to_32_lower_case_hexadecimal_digits) {
  for (const std::string& epoch : {std::string("0"), std::string(32, 'f')}) {
    EXPECT_TRUE(establish_identity(*bare_log(), codec, {epoch, 3, 1})) << epoch;
  }
  for (const std::string& epoch :
       {std::string(), std::string(33, 'f'), std::string("ABC"), std::string("0 1")}) {
    const auto refused = establish_identity(*bare_log(), codec, {epoch, 3, 1});
    ASSERT_FALSE(refused) << epoch;
    EXPECT_EQ(refused.error().code, errc::invalid);
  }
}

TEST(identity, a_failed_append_of_a_descriptor_is_reported) {
  memory_log_options options;
  options.wanted = {3, "abc"};
  options.codec = &codec;
  options.on_write = [](std::size_t) -> result<> { return error{errc::io, "no disk"}; };
  const auto opened = open_memory_log(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::unknown_outcome);
}

TEST(identity, a_log_has_1_to_as_many_partitions_as_there_may_be) {
  for (const std::uint32_t partitions : {0u, 1u, partitions_max, partitions_max + 1}) {
    memory_log_options options;
    options.wanted.partitions = partitions;
    const auto opened = open_memory_log(options);
    const bool possible = partitions >= 1 && partitions <= partitions_max;
    ASSERT_EQ(bool(opened), possible) << partitions;
    if (!possible) {
      EXPECT_EQ(opened.error().code, errc::invalid);
      continue;
    }
    EXPECT_TRUE(establish_identity(**opened, codec, {"abc", partitions, 1})) << partitions;
  }
  EXPECT_EQ(establish_identity(*bare_log(), codec, {"abc", 0, 1}).error().code, errc::invalid);
  EXPECT_EQ(establish_identity(*bare_log(), codec, {"abc", partitions_max + 1, 1}).error().code,
            errc::invalid);
}

// Two processes start at once, and the other one's record comes first.
TEST(identity, what_came_first_decides_also_against_what_was_just_appended) {
  memory_log_options options;
  options.wanted.partitions = 3;
  options.writes = memory_log_options::writer::by_hand;
  const auto engine = open_memory_log(options).value();
  const log_identity other{"0ther", 3, format_version_current};
  ASSERT_TRUE(engine->append(partition_id{0}, {{"", codec.encode(other)}}, [](append_result) {}));
  const auto of_other = engine->load(partition_id{0}).bytes;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    // Nobody sees the other's record before ours is on its way, too.
    while (!done && engine->load(partition_id{0}).bytes == of_other) std::this_thread::yield();
    while (!done) {
      if (!append_one_group(*engine)) std::this_thread::yield();
    }
  });
  const auto found = establish_identity(*engine, codec, wanted);
  done = true;
  writer.join();
  EXPECT_EQ(found.value(), other);
  EXPECT_EQ(read_from(*engine, partition_id{1}, offset{0}).at(0).value, codec.encode(other));
}

// The other process has another epoch, and its copy stands before the one that was written here.
TEST(identity, a_copy_is_looked_at_again_after_it_was_written) {
  const auto engine = bare_log();
  log_share sight(*engine);
  for (const std::uint32_t p : {0u, 2u}) {
    ASSERT_TRUE(append_one(*engine, partition_id{p}, codec.encode(wanted)));
  }
  sight.hold();
  ASSERT_TRUE(
      append_one(*engine, partition_id{1}, codec.encode({"0ther", 3, format_version_current})));
  std::thread other([&] {
    EXPECT_TRUE(eventually([&] { return engine->bounds(partition_id{1}).end == offset{2}; }));
    sight.release();
  });
  const auto refused = establish_identity(sight, codec, wanted);
  other.join();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::mismatch);
  EXPECT_NE(refused.error().text.find("partition 1 says epoch 0ther"), std::string::npos);
}

TEST(identity, a_log_that_is_only_read_is_looked_at_whole_and_nothing_is_written) {
  const auto found = [](const std::vector<std::string>& descriptors) {
    const auto engine = bare_log();
    for (std::uint32_t p = 0; p < descriptors.size(); ++p) {
      if (descriptors[p].empty()) continue;
      EXPECT_TRUE(append_one(*engine, partition_id{p}, descriptors[p]));
    }
    const auto identity = find_identity(*engine, codec);
    for (std::uint32_t p = 0; p < descriptors.size(); ++p) {
      EXPECT_EQ(engine->bounds(partition_id{p}).end.value, descriptors[p].empty() ? 0u : 1u);
    }
    return std::string(identity ? "good" : to_string(identity.error().code));
  };
  const auto ours = codec.encode(wanted),
             other = codec.encode({"0ther", 3, format_version_current});
  EXPECT_EQ(found({ours, ours, ours}), "good");
  EXPECT_EQ(found({ours, "", ""}), "good") << "the copies are on their way";
  EXPECT_EQ(found({"", "", ""}), to_string(errc::not_found));
  EXPECT_EQ(found({ours, other, ours}), to_string(errc::mismatch));
  EXPECT_EQ(found({ours, ours, other}), to_string(errc::mismatch));
  EXPECT_EQ(found({ours, ours, "hello"}), to_string(errc::damaged));
  EXPECT_EQ(found({codec.encode({"abc123", 4, format_version_current}), "", ""}),
            to_string(errc::mismatch));
  const auto later = codec.encode({"abc123", 3, format_version_current + 1});
  EXPECT_EQ(found({later, later, later}), to_string(errc::mismatch));
}

TEST(identity, check_names_what_differs) {
  EXPECT_TRUE(check_identity(wanted, {3, "other"}));
  EXPECT_TRUE(check_identity(wanted, {std::nullopt, ""}));
  EXPECT_EQ(check_identity(wanted, {4, ""}).error().code, errc::mismatch);
  EXPECT_EQ(check_identity({"abc", 3, format_version_current + 1}, {3, ""}).error().code,
            errc::mismatch);
  EXPECT_EQ(check_identity({"abc", 3, format_version_current - 1}, {3, ""}).error().code,
            errc::mismatch);
}

}  // namespace
}  // namespace roomlog::testing
