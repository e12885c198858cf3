#include "log/kafka/kafka_trim.h"

#include <algorithm>

namespace roomlog {
namespace {

using admin_options =
    std::unique_ptr<rd_kafka_AdminOptions_t, kafka_deleter<rd_kafka_AdminOptions_destroy>>;
using delete_records =
    std::unique_ptr<rd_kafka_DeleteRecords_t, kafka_deleter<rd_kafka_DeleteRecords_destroy>>;

error not_trimmed(const std::string& topic, partition_id partition, offset below,
                  rd_kafka_resp_err_t why) {
  return {is_passing_kafka_error(why) ? errc::timeout : errc::io,
          "partition " + std::to_string(partition.value) + " of topic " + topic +
              " cannot be trimmed below " + std::to_string(below.value) + ": " +
              describe_kafka_error(why)};
}

// The leader waits for its replicas a little less long than the client waits for the leader.
admin_options options_for(rd_kafka_t* client, std::chrono::milliseconds wait) {
  admin_options options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DELETERECORDS));
  const int ms = static_cast<int>(wait.count());
  char text[256];
  (void)rd_kafka_AdminOptions_set_request_timeout(options.get(), ms, text, sizeof text);
  (void)rd_kafka_AdminOptions_set_operation_timeout(options.get(), ms * 3 / 4, text, sizeof text);
  return options;
}

delete_records request_for(const std::string& topic, partition_id partition, offset below) {
  const kafka_partition_list list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(),
                                    static_cast<std::int32_t>(partition.value))
      ->offset = static_cast<std::int64_t>(below.value);
  return delete_records(rd_kafka_DeleteRecords_new(list.get()));
}

}  // namespace

result<offset> trim_kafka_partition(rd_kafka_t* client, const std::string& topic,
                                    partition_id partition, offset below,
                                    std::chrono::milliseconds wait) {
  const auto refused = [&](rd_kafka_resp_err_t why) {
    return not_trimmed(topic, partition, below, why);
  };
  const auto options = options_for(client, wait);
  const auto request = request_for(topic, partition, below);
  const kafka_queue answers(rd_kafka_queue_new(client));
  auto* asked = request.get();
  rd_kafka_DeleteRecords(client, &asked, 1, options.get(), answers.get());
  // The client gives up by itself after `wait`; the margin is for what it does about that.
  const kafka_event answer(
      rd_kafka_queue_poll(answers.get(), static_cast<int>(wait.count()) + 1000));
  if (!answer) return refused(RD_KAFKA_RESP_ERR__TIMED_OUT);
  const auto failed = rd_kafka_event_error(answer.get());
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) return refused(failed);
  const auto* const found =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(answer.get()));
  if (found == nullptr || found->cnt != 1) return refused(RD_KAFKA_RESP_ERR__BAD_MSG);
  const auto& one = found->elems[0];
  if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return refused(one.err);
  // The lowest start of all replicas.
  const offset start{static_cast<std::uint64_t>(std::max<std::int64_t>(one.offset, 0))};
  if (start < below) return refused(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  return start;
}

}  // namespace roomlog
