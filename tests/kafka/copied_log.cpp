#include "tests/kafka/copied_log.h"

#include <future>
#include <stdexcept>

#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_topics.h"
#include "schemas/records/codec.h"
#include "tests/app/chat_client.h"

namespace roomlog::testing {
namespace {

using roomlog::partition_id;

template <class T>
T must(roomlog::result<T> outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().text);
  return std::move(*outcome);
}

void append_and_wait(roomlog::log& to, partition_id partition, const roomlog::record_view& one) {
  std::promise<roomlog::append_result> answer;
  const roomlog::append_entry entry{std::string(one.key), std::string(roomlog::as_text(one.value))};
  const auto accepted =
      to.append(partition, {entry}, [&](roomlog::append_result r) { answer.set_value(r); });
  if (!accepted) throw std::runtime_error(accepted.error().text);
  (void)must(answer.get_future().get());
}

}  // namespace

copied_log::copied_log(const kafka_cluster& to)
    : bootstrap_(to.bootstrap()), prefix_(unique_name("copied")) {
  converse();
  copy();
}

roomlog::kafka_log_options copied_log::options() const {
  roomlog::kafka_log_options out;
  out.connection.brokers = bootstrap_;
  out.topic = topic();
  out.allow_unsafe_topic = true;
  return out;
}

void copied_log::converse() const {
  using namespace roomlog;
  running_server server(
      data(), {"--partitions", std::to_string(partitions), "--set", "limits.ack_timeout=60s"});
  chat_client ann(server, token_for(data(), "ann"));
  int id = 0;
  for (const std::string room : {"general", "a.b:c~d-e_f"}) {
    const std::string head = R"({"room":")" + room + R"(","cid":"c-)";
    const auto ask = [&](const std::string& rest) {
      const std::string n = std::to_string(++id);
      (void)ann.ask(head + n + R"(","id":)" + n + rest, id);  // the tests look at what came of it
    };
    ask(R"(,"type":"create"})");
    for (const char* text : {"hello", "gr\u00fc\u00df dich", "\U0001F4E8"}) {
      ask(std::string(R"(,"type":"send","text":")") + text + R"("})");
    }
  }
  if (server.stop() != 0) throw std::runtime_error("the server did not end well");
}

void copied_log::copy() const {
  using namespace roomlog;
  const system_clock_source clock;
  const auto from = must(open_embedded_log_for_reading(data() / "log", descriptor_codec(), clock));
  const kafka_topics_request wanted{.prefix = prefix_,
                                    .partitions = partitions,
                                    .replication_factor = 1,
                                    .allow_unsafe_topic = true};
  (void)must(create_kafka_topics(options().connection, wanted, std::chrono::seconds(20)));
  // The descriptors are written by the opening, the same as there.
  const auto to = must(
      open_kafka_log(options(), {partitions, from->identity().epoch}, descriptor_codec(), clock));
  for (partition_id p{0}; p.value < partitions; ++p) {
    const auto end = from->bounds(p).end;
    for (offset at{1}; at < end;) {
      const auto batch = must(from->read(p, at, 1 << 20));
      for (std::size_t i = 0; i < batch->size(); ++i) append_and_wait(*to, p, (*batch)[i]);
      at = batch->next_offset();
    }
  }
  to->close();
}

}  // namespace roomlog::testing
