// One thing that was looked at in a topic or broker, compared with what the promise needs.
#pragma once

#include <string>

namespace roomlog {

struct kafka_finding {
  enum class grade {
    good,
    unknown,  // it could not be looked at now; no start is refused for it
    missing,  // it is not there, and may be on its way
    unsafe,   // taken with allow_unsafe_topic
    wrong,
  };
  grade is = grade::good;
  std::string place;    // "topic roomlog.events", "broker 2", "cluster"
  std::string setting;  // "min.insync.replicas"
  std::string found, needed;
  std::string mend;  // the command line that mends it; empty where there is none
};

}  // namespace roomlog
