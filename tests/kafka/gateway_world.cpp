#include "tests/kafka/gateway_world.h"

#include <gtest/gtest.h>

#include "log/partitioner.h"

namespace roomlog::testing {
namespace {

constexpr const char* room_key = "t/r";
constexpr std::chrono::minutes patience{2};
constexpr std::chrono::milliseconds tick{5};

}  // namespace

gateway_world::gateway_world(std::unique_ptr<log> events, const std::string& gateway_id)
    : events_(std::move(events)) {
  fold_ = make_memory_fold_service(*events_, {});
  ingress_options options;
  options.gateway = gateway_id;
  options.user_per_second = options.user_per_minute = 0;
  options.user_commands_per_second = options.user_commands_per_minute = 0;
  options.user_append_bytes = 0;
  options.user_invites_per_minute = 0;
  options.ack_timeout = std::chrono::milliseconds(5000);
  gateway_ = std::make_unique<test_gateway>(options, *events_, *fold_, clock_);
  fold_->start();
  gateway_->start();
  EXPECT_TRUE(gateway_->wait_ready());
  const auto create = parse(R"({"type":"create","id":"room","room":"r","public":true})");
  EXPECT_FALSE(gateway_->in().submit({0, 1}, user("ann"), create));
  EXPECT_EQ(kind_of(gateway_->wait_answer(create.id)), "ack");
  taken_ = gateway_->answers();
}

gateway_world::~gateway_world() {
  fold_->stop();
  events_->close();
}

bool gateway_world::send_all(std::size_t count, std::size_t open) {
  const std::size_t begin = messages_.size();
  messages_.resize(begin + count);
  std::size_t next = begin;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (accepted_ < messages_.size()) {
    if (std::chrono::steady_clock::now() > until) return false;
    while (next < messages_.size() && open_ < open && again_.empty()) {
      if (before_send) before_send(next);
      send(next++);
    }
    for (const auto number : std::exchange(again_, {})) send(number);
    gateway_->tick();
    take_answers();
    gateway_->wait_for_more(taken_, tick);
  }
  return true;
}

void gateway_world::send(std::size_t number) {
  auto& one = messages_[number];
  ++open_;
  if (++one.tries == 2 && ++resent_ == 1 && before_resend) before_resend();
  const auto name = std::to_string(number);
  const auto json = R"({"type":"send","id":)" + name + R"(,"room":"r","cid":"m)" + name +
                    R"(","text":"message )" + name + R"("})";
  const auto at_once = gateway_->in().submit({0, 1}, user("ann"), parse(json));
  if (at_once) take(number, *at_once);
}

void gateway_world::take_answers() {
  const auto all = gateway_->wait_answers(taken_);
  for (; taken_ < all.size(); ++taken_) {
    take(static_cast<std::size_t>(std::stoul(all[taken_].cid.substr(1))), all[taken_].outcome);
  }
}

void gateway_world::take(std::size_t number, const command_outcome& outcome) {
  --open_;
  auto& one = messages_[number];
  if (const auto* ack = std::get_if<command_ack>(&outcome)) {
    EXPECT_EQ(one.seq, seq_no{}) << "m" << number << " was acknowledged twice";
    one.seq = ack->seq;
    ++accepted_;
    return;
  }
  again_.push_back(number);
}

void gateway_world::expect_nothing_lost_doubled_or_reordered() {
  std::mutex mutex;
  std::map<std::string, std::vector<std::uint64_t>> accepted;
  const auto fold = make_memory_fold_service(*events_, {});
  fold->subscribe([&](const decided_batch_ptr& batch) {
    const std::lock_guard lock(mutex);
    for (const auto& one : batch->events) {
      if (one.decision.kind != verdict_kind::accepted) continue;
      accepted[std::string(one.ev.cid)].push_back(one.decision.seq.value);
    }
  });
  fold->start();
  const auto in = partition_of(room_key, events_->partitions());
  EXPECT_TRUE(eventually([&] { return fold->lookup().position(in) >= events_->bounds(in).end; }));
  fold->stop();
  const std::lock_guard lock(mutex);
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const auto& seqs = accepted["m" + std::to_string(i)];
    ASSERT_EQ(seqs.size(), 1u) << "m" << i << (seqs.empty() ? " is lost" : " is doubled");
    EXPECT_EQ(seqs[0], messages_[i].seq.value) << "m" << i;
    if (messages_[i].tries > 1) continue;
    EXPECT_GT(seqs[0], last) << "m" << i << " came before what was sent before it";
    last = seqs[0];
  }
}

}  // namespace roomlog::testing
