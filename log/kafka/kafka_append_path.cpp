#include "log/kafka/kafka_append_path.h"

#include "log/append_queue.h"
#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

// What brokers have not taken and shown by then is given up at a close. A process that
// drains has waited for the answers that its clients wait for.
constexpr std::chrono::milliseconds close_wait{1'000};

}  // namespace

bool is_missing_kafka_topic(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

result<> kafka_append_path::append(kafka_partition& to, std::vector<append_entry> entries,
                                   append_handler done) {
  const auto bytes = queued_size(entries);
  if (auto admitted = budget_.admit(bytes); !admitted) return admitted;
  auto call = std::make_unique<kafka_append>();
  call->entries = std::move(entries);
  call->done = std::move(done);
  call->bytes = bytes;
  call->handed_over = clock_.steady();
  auto handed_over = hand_over(to, std::move(call));
  if (!handed_over) budget_.release(bytes);
  return handed_over;
}

result<> kafka_append_path::hand_over(kafka_partition& to, std::unique_ptr<kafka_append> call) {
  auto with = producers_.present();
  if (!with) return with.error();
  call->producer = with->number;
  return to.appends.hand_over(std::move(call), [&](const append_entry& entry, kafka_append* mine) {
    return with->producer->send(to.id, entry, mine);
  });
}

void kafka_append_path::on_report(partition_id partition, kafka_append* call,
                                  rd_kafka_resp_err_t code, kafka_delivery_report what) {
  auto& one = *partitions_[partition.value];
  if (!what.failed.empty()) {
    // Brokers look at rights before they look at records, so what is refused so is nowhere. Only of
    // the first such append nothing is said, as of a write that failed in any engine.
    if (is_missing_kafka_right(code)) {
      what.may_have_left = fail("topic " + options_.topic + ": " + what.failed);
    }
    owner_.on_report_failed(one, code);
  }
  if (!one.followed && what.at) one.raise_end(next(*what.at));
  one.appends.report(call, what, clock_.steady());
}

void kafka_append_path::on_reports_taken(std::span<const partition_id> touched) {
  for (const auto p : touched) {
    auto& one = *partitions_[p.value];
    answer_due(one);
    if (!one.followed) one.following.notify();
  }
}

void kafka_append_path::on_fatal(const std::string& why) {
  diagnostics::warn("kafka", "the producer has failed and is replaced: " + why);
  producers_.fail(why);
  owner_.on_upkeep_wanted();
}

void kafka_append_path::answer_due(kafka_partition& partition) {
  answer(partition.appends.take_due(clock_.steady()));
}

void kafka_append_path::answer(kafka_answers due) {
  if (due.empty()) return;
  std::size_t bytes = 0;
  for (auto& one : due) {
    bytes += one.bytes;
    one.done(one.outcome);
  }
  owner_.on_answered(due);
  budget_.release(bytes);
}

bool kafka_append_path::fail(const std::string& why) {
  const auto text = "appends have stopped until a restart: " + why;
  if (!budget_.fail(text)) return false;
  diagnostics::error("kafka", text);
  producers_.purge_unsent();
  owner_.on_upkeep_wanted();
  return true;
}

void kafka_append_path::renew_producer(std::chrono::microseconds now) {
  producers_.renew(now,
                   [this](std::uint64_t number, const std::string& why) { give_up(number, why); });
}

void kafka_append_path::give_up(std::uint64_t producer, const std::string& why) {
  for (const auto& partition : partitions_) {
    answer(partition->appends.give_up(producer, why));
    answer_due(*partition);
  }
}

void kafka_append_path::answer_unplaced() {
  for (const auto& partition : partitions_) {
    if (partition->appends.waits_for_match()) answer_due(*partition);
  }
}

void kafka_append_path::wait_a_moment() {
  (void)budget_.wait_until_empty(close_wait);  // what is left then is given up
}

void kafka_append_path::close() {
  producers_.close("the log was closed before the brokers answered",
                   [this](std::uint64_t number, const std::string& why) { give_up(number, why); });
}

}  // namespace roomlog
