// What a client is told of a read that failed.
#pragma once

#include "log/base/result.h"
#include "pushers/client_limits.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

// Why a task_runner refused a read.
client_error too_many_reads(const client_limits& limits);
// Of an error of fold, views or log: its text only where it is errc::invalid, which is for clients.
client_error view_error(const error& e);

}  // namespace roomlog
