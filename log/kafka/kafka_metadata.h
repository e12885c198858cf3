// What a cluster says of its brokers and topics: the first question to it, and the one whose
// failure has to say what is wrong with the settings of the connection.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "log/base/result.h"
#include "log/kafka/kafka_client.h"

namespace roomlog {

// Both block, and are for clients of kafka_role::admin only. They take what the client's main queue
// has to say of failed connections: of threads that ask at once, one learns it.
//   errc::unavailable  no broker answers within `wait`; says what was wrong last
//   errc::invalid      every broker that was reached refuses the user, or TLS fails with it, and
//                      nothing else went wrong; known after some seconds, however long `wait` is
//   errc::io           anything else

// Brokers as one of them sees them now.
result<kafka_metadata> kafka_cluster_metadata(rd_kafka_t* client, std::chrono::milliseconds wait);
// `topic` as brokers see it now. The client asks any broker, so it need not know the topic.
//   errc::not_found    no such topic
//   errc::invalid      also where this user has no right to see it
result<kafka_metadata> kafka_topic_metadata(rd_kafka_t* client, const std::string& topic,
                                            std::chrono::milliseconds wait);

// A topic that one broker has made may be news to the next one: calls `ask` again, for a second at
// most, while it answers errc::not_found.
template <class Ask>
auto ask_while_news(Ask ask) {
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + std::chrono::seconds(1);
  for (;;) {
    auto answer = ask();
    if (answer || answer.error().code != errc::not_found || clock::now() > until) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace roomlog
