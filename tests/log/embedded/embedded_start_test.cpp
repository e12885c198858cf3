// Who may open an embedded log, and how.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/log/embedded/embedded_helpers.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

class embedded_start : public ::testing::Test {
 protected:
  bool names(const error& refused, const std::string& part) {
    return refused.text.find(part) != std::string::npos;
  }
  temporary_directory scratch_;
  std::filesystem::path log_ = scratch_.path() / "some" / "where" / "log";
};

// Says what a descriptor of another format version would.
class other_format_codec final : public identity_codec {
 public:
  explicit other_format_codec(std::uint32_t version) : version_(version) {}
  std::string encode(const log_identity& identity) const override {
    auto other = identity;
    other.format_version = version_;
    return codec_.encode(other);
  }
  result<log_identity> decode(byte_view value) const override { return codec_.decode(value); }

 private:
  const std::uint32_t version_;
  fake_identity_codec codec_;
};

TEST_F(embedded_start, a_directory_in_use_is_refused_and_named) {
  auto first = open_log(log_).value();
  const auto second = open_log(log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::in_use);
  EXPECT_TRUE(names(second.error(), log_.string())) << second.error().text;
  EXPECT_TRUE(names(second.error(), std::to_string(::getpid()))) << second.error().text;
  first.reset();
  EXPECT_TRUE(open_log(log_));
}

// S1.40
TEST_F(embedded_start, another_format_version_is_refused_and_the_way_out_is_named) {
  const std::pair<std::uint32_t, std::string> versions[] = {
      {format_version_current - 1, "Start with a new data directory"},
      {format_version_current + 1, "Use the release of roomlog that wrote this log"}};
  for (const auto& [version, way_out] : versions) {
    const auto dir = scratch_.path() / std::to_string(version);
    {
      const other_format_codec other(version);
      const system_clock_source clock;
      (void)open_embedded_log(dir, {}, {2, "e1"}, other, clock);  // leaves the descriptor behind
    }
    const auto opened = open_log(dir);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::mismatch);
    for (const auto named : {version, format_version_current}) {
      EXPECT_TRUE(names(opened.error(), "format version " + std::to_string(named)))
          << opened.error().text;
    }
    EXPECT_TRUE(names(opened.error(), way_out)) << opened.error().text;
  }
}

TEST_F(embedded_start,
       another_number_of_partitions_is_refused_with_the_directory_and_both_numbers) {
  open_log(log_, nullptr, 3).value()->close();
  const auto opened = open_log(log_, nullptr, 5);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::mismatch);
  EXPECT_TRUE(names(opened.error(), log_.string())) << opened.error().text;
  EXPECT_TRUE(names(opened.error(), "has 3 partitions")) << opened.error().text;
  EXPECT_TRUE(names(opened.error(), "5 were asked for")) << opened.error().text;
}

TEST_F(embedded_start, without_a_wish_it_takes_the_logs_own_number_or_the_default) {
  EXPECT_EQ(open_log(log_, nullptr, std::nullopt).value()->partitions(), partitions_default);
  EXPECT_EQ(open_log(log_, nullptr, std::nullopt).value()->partitions(), partitions_default);
  EXPECT_EQ(open_log(scratch_.path() / "b", nullptr, 3).value()->partitions(), 3u);
  EXPECT_EQ(open_log(scratch_.path() / "b", nullptr, std::nullopt).value()->partitions(), 3u);
}

TEST_F(embedded_start, partitions_and_epoch_out_of_range_are_refused) {
  EXPECT_EQ(open_log(log_, nullptr, 0).error().code, errc::invalid);
  EXPECT_EQ(open_log(log_, nullptr, partitions_max + 1).error().code, errc::invalid);
  EXPECT_EQ(open_log(log_, nullptr, partitions_max).value()->partitions(), partitions_max);
  const fake_identity_codec codec;
  const system_clock_source clock;
  const auto opened = open_embedded_log(scratch_.path() / "b", {}, {2, "no epoch!"}, codec, clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::invalid);
}

TEST_F(embedded_start, a_queue_holds_1_byte_to_1_gib) {
  const fake_identity_codec codec;
  const system_clock_source clock;
  constexpr std::size_t most = std::size_t{1} << 30;
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, most, most + 1}) {
    embedded_log_options options;
    options.append_queue_bytes_max = bytes;
    // One byte takes no record, so not the first one either.
    const auto opened = open_embedded_log(scratch_.path() / std::to_string(bytes), options,
                                          {2, "e1"}, codec, clock);
    const auto code = opened ? std::nullopt : std::optional(opened.error().code);
    if (bytes == 0 || bytes > most) {
      ASSERT_EQ(code, errc::invalid) << bytes;
      EXPECT_TRUE(names(opened.error(), "append_queue_bytes_max is " + std::to_string(bytes)));
    } else {
      EXPECT_EQ(code, bytes == 1 ? std::optional(errc::full) : std::nullopt) << bytes;
    }
  }
}

TEST_F(embedded_start, a_start_that_stopped_while_it_made_the_log_is_taken_up_again) {
  test_disk disk;
  disk.wal_syncs().fail_from_now_on();
  ASSERT_FALSE(open_log(log_, &disk, 2));
  disk.wal_syncs().heal();
  // The descriptor of partition 0 was written and may have survived, so the number stays.
  const auto opened = open_log(log_, &disk, 2);
  ASSERT_TRUE(opened) << opened.error().text;
  EXPECT_EQ((*opened)->identity(), (log_identity{"e1", 2, format_version_current}));
  EXPECT_EQ((*opened)->bounds(partition_id{1}).end, offset{1});
}

TEST_F(embedded_start, a_log_larger_than_its_write_buffer_is_read_back_after_restarts) {
  const fake_identity_codec codec;
  const system_clock_source clock;
  embedded_log_options options;
  options.write_buffer_bytes = std::size_t{256} << 10;
  options.tail_bytes_per_partition = std::size_t{16} << 10;
  const auto open = [&] {
    return open_embedded_log(log_, options, {3, "e1"}, codec, clock).value();
  };
  constexpr std::uint64_t count = 12'000;
  for (std::uint64_t begin = 0; begin < count; begin += count / 3) {
    const auto engine = open();
    append_answers answers;
    for (auto i = begin; i < begin + count / 3; ++i) {
      ASSERT_TRUE(answers.append(*engine, partition_id{static_cast<std::uint32_t>(i % 3)},
                                 std::to_string(i) + std::string(300, '.')));
    }
    ASSERT_TRUE(answers.wait());
  }
  const auto engine = open();
  for (std::uint32_t p = 0; p < 3; ++p) {
    const auto records = read_from(*engine, partition_id{p}, offset{1});
    ASSERT_EQ(records.size(), count / 3);
    for (std::uint64_t i = 0; i < records.size(); ++i) {
      ASSERT_EQ(records[i].value, std::to_string(i * 3 + p) + std::string(300, '.'));
    }
  }
  EXPECT_GT(engine->stats().storage_reads, 0u);
}

// S3.23
TEST_F(embedded_start, figures_tell_what_was_written) {
  const auto engine = open_log(log_).value();
  const auto before = engine->stats();
  ASSERT_TRUE(append_one(*engine, p0, "12345"));
  const auto after = engine->stats();
  EXPECT_EQ(after.groups - before.groups, 1u);
  EXPECT_EQ(after.appends - before.appends, 1u);
  EXPECT_EQ(after.records - before.records, 1u);
  EXPECT_EQ(after.bytes - before.bytes, 8u);
  EXPECT_EQ(after.group_write.count, after.groups);
  EXPECT_GT(after.tail_bytes, 0u);
}

TEST_F(embedded_start, a_log_whose_directory_is_removed_moved_or_replaced_stops_appends) {
  enum class done { removed, moved, replaced };
  for (const auto what : {done::removed, done::moved, done::replaced}) {
    auto events = open_log(log_).value();
    ASSERT_TRUE(append_one(*events, p0, "before").has_value());
    const auto aside = scratch_.path() / "aside";
    std::filesystem::rename(log_, aside);
    if (what == done::removed) std::filesystem::remove_all(aside);
    if (what == done::replaced) copy_tree(aside, log_);
    EXPECT_TRUE(eventually([&] { return !events->failure().empty(); }, std::chrono::seconds(5)));
    EXPECT_NE(events->failure().find(log_.string()), std::string::npos) << events->failure();
    const auto refused = events->append(p0, {{"k", "v"}}, [](append_result) {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_TRUE(events->read(p0, offset{0}, 1 << 20)) << "what is open stays readable";
    events->close();
    events.reset();
    std::filesystem::remove_all(log_);
    std::filesystem::remove_all(aside);
  }
}

}  // namespace
}  // namespace roomlog::testing
