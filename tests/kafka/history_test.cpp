// A server without views on a real broker: history comes from the log itself, and says exactly what
// was deleted from it.
#include <gtest/gtest.h>

#include <future>

#include "schemas/records/codec.h"
#include "tests/kafka/engine_rig.h"
#include "tests/kafka/gateway_world.h"

namespace roomlog::testing {
namespace {

constexpr std::string_view room = "default/r";

std::vector<history_entry> all_from_the_first(history_source& history, seq_no& first_available) {
  std::vector<history_entry> all;
  for (seq_no first{1};;) {
    const auto page = history.events_from(room, first, 8 * 1024);
    EXPECT_TRUE(page.has_value()) << page.error().text;
    if (!page || page->entries.empty()) return all;
    first_available = page->first_available;
    all.insert(all.end(), page->entries.begin(), page->entries.end());
    first = next(all.back().standing.seq);
  }
}

TEST(kafka_history, comes_from_the_log_and_says_what_was_deleted) {
  auto& broker = broker_behind_proxy::shared();
  engine_rig rig(broker.proxy.address(), {.partitions = 1});
  rig.options.tail_bytes_per_partition = 0;
  const system_clock_source clock;
  gateway_world world(
      open_kafka_log(rig.options, {1, "abc123"}, descriptor_codec(), clock).value());
  ASSERT_TRUE(world.send_all(200));

  fold_service_options options;
  options.views.clear();
  const auto fold = make_memory_fold_service(world.events(), options);
  fold->start();
  std::promise<bool> folded;
  fold->lookup().when_folded(partition_id{0}, world.events().bounds(partition_id{0}).end,
                             [&](const result<>& done) { folded.set_value(done.has_value()); });
  ASSERT_TRUE(folded.get_future().get());

  seq_no first;
  const auto whole = all_from_the_first(fold->history(), first);
  EXPECT_EQ(first, seq_no{1});
  ASSERT_GE(whole.size(), 201U);
  for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_EQ(whole[i].standing.seq.value, i + 1);

  const offset start = whole[100].standing.at;
  delete_records(broker.cluster.past_proxies(), rig.topic, 0, static_cast<int>(start.value));
  const auto rest = all_from_the_first(fold->history(), first);
  EXPECT_EQ(first, seq_no{101});
  ASSERT_EQ(rest.size(), whole.size() - 100);
  EXPECT_EQ(rest.front().standing.at, start);
  EXPECT_EQ(*fold->lookup().first_available(room), seq_no{101});
  fold->stop();
}

}  // namespace
}  // namespace roomlog::testing
