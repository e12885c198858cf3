#include "tests/kafka/engine_rig.h"

namespace roomlog::testing {

broker_behind_proxy& broker_behind_proxy::shared() {
  static broker_behind_proxy one;
  one.proxy.reset();
  return one;
}

engine_rig::engine_rig(std::string at, const topic_settings& with)
    : bootstrap(std::move(at)), topic(unique_name("engine")) {
  make_topic(bootstrap, topic, with);
  options.connection.brokers = bootstrap;
  options.topic = topic;
  options.allow_unsafe_topic = true;  // one broker as a rule
}

}  // namespace roomlog::testing
