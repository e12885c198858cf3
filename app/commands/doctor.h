// What `roomlog doctor` looks at: everything around a server that it cannot mend itself.
#pragma once

#include <string>
#include <vector>

#include "app/commands/exit_code.h"
#include "app/config/effective_config.h"
#include "log/kafka/kafka_topics.h"

namespace roomlog {

// What is found of a machine has the form of what is found of a cluster.
using finding = kafka_finding;

struct diagnosis {
  std::vector<finding> findings;
  // exit_code::damage where the log itself is damaged; else what follows from the findings.
  exit_code ends = exit_code::done;
};

// Settings, data directory, free space, limits of the process, and the log itself; the embedded log
// is opened for reading only, a server may have it open.
diagnosis examine_machine(const effective_config& from);

// Brokers and topics. errc::unavailable where no broker answers.
result<diagnosis> examine_cluster(const config& from);

// One line per finding, the command that mends it below; or JSON.
std::string as_text(const std::vector<finding>& findings);
std::string as_json(const std::vector<finding>& findings);

// exit_code::configuration where something is wrong, or unsafe and not allowed; else
// exit_code::unavailable where something is missing, as a start has it.
exit_code judge(const std::vector<finding>& findings, bool allow_unsafe);

}  // namespace roomlog
