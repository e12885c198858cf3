// A server that is told to end while its brokers do not answer.
#include <gtest/gtest.h>

#include "tests/kafka/server_group.h"

namespace roomlog::testing {
namespace {

using boost::json::object;

TEST(kafka_drain, without_brokers_every_send_is_answered_and_the_end_is_a_clean_one) {
  kafka_cluster brokers;
  server_group group(brokers);
  auto& server = group.start("a", "ingress,pusher");
  const auto ann = group.connect("a", "ann");
  const auto made = ann->ask(R"({"type":"create","id":1,"room":"r","cid":"c"})", 1);
  ASSERT_EQ(text_of(made, "type"), "ack");
  brokers.pause(1);
  ann->tell(R"({"type":"send","id":2,"room":"r","cid":"m","text":"hello"})");
  // A reply to something later says that the send has come in.
  (void)ann->ask(R"({"type":"ping","id":3})", 3);
  server.child().signal(SIGTERM);
  const auto answer = ann->wait_for([](const object& o) { return number_of(o, "id") == 2; });
  EXPECT_EQ(text_of(answer, "code"), "unknown_outcome");
  EXPECT_EQ(server.child().wait(), 0) << server.child().errors();
  brokers.proceed(1);
}

}  // namespace
}  // namespace roomlog::testing
