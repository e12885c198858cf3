#include "projections/store/rocks_state_trouble.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

#include "projections/store/store_error.h"

namespace roomlog {
namespace {

using rocksdb::Status;

// RocksDB keeps the number of ENOSPC only; of the others it keeps the system's text.
constexpr std::array passing_errors{ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM};

constexpr std::chrono::seconds flush_begins_within{2};

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
  let_flush_begin();
  if (met->severity() == Status::Severity::kFatalError) {
    *met = Status(*met, Status::Severity::kHardError);
  }
}

// RocksDB sets the error when the listeners return. A flush that is due, and that no thread has
// taken up by then, is refused and forgotten, and each DB::Resume() waits for it for ever.
void state_listener::let_flush_begin() {
  rocksdb::DB* db = db_;
  if (db == nullptr) return;
  const auto is = [db](const std::string& property) {
    std::uint64_t value = 0;
    return db->GetIntProperty(property, &value) && value != 0;
  };
  using names = rocksdb::DB::Properties;
  std::unique_lock lock(mutex_);
  (void)flush_began_.wait_for(lock, flush_begins_within, [&] {
    return !is(names::kMemTableFlushPending) || is(names::kNumRunningFlushes);
  });
}

void state_listener::OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) {
  const std::lock_guard lock(mutex_);
  flush_began_.notify_all();
}

void state_listener::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, Status, bool* automatic) {
  *automatic = false;
}

}  // namespace roomlog
