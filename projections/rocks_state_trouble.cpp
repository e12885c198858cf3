#include "projections/rocks_state_trouble.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "projections/store_error.h"

namespace roomlog {
namespace {

using rocksdb::Status;

// RocksDB keeps the number of ENOSPC only; of the others it keeps the system's text.
constexpr std::array passing_errors{ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM};

}  // namespace

bool may_pass(const Status& status) {
  if (status.IsNoSpace()) return true;
  // Incomplete: a write that waited for a compaction which has failed.
  if (!status.IsIOError() && !status.IsIncomplete()) return false;
  const std::string text = status.ToString();
  return std::ranges::any_of(passing_errors, [&](int number) {
    return text.find(std::generic_category().message(number)) != std::string::npos;
  });
}

void throw_store_error(std::string_view doing, const Status& status) {
  throw store_error("the state store cannot " + std::string(doing) + ": " + status.ToString(),
                    may_pass(status) ? store_error::lasts::no : store_error::lasts::yes);
}

void state_listener::OnBackgroundError(rocksdb::BackgroundErrorReason, Status* met) {
  if (!may_pass(*met) && !(healing_ && met->IsIOError())) return;
  noted_ = true;
  if (met->severity() == Status::Severity::kFatalError) {
    *met = Status(*met, Status::Severity::kHardError);
  }
}

void state_listener::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, Status, bool* automatic) {
  *automatic = false;
}

}  // namespace roomlog
