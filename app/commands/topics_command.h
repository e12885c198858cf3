// `roomlog topics create` and `roomlog topics describe`: the topics of a log on Kafka.
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_topics_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
