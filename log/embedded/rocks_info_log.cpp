#include "log/embedded/rocks_info_log.h"

#include <rocksdb/env.h>

#include <array>
#include <cstdarg>
#include <cstdio>

#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

constexpr std::size_t line_bytes_max = 1024;

class rocks_info_log final : public rocksdb::Logger {
 public:
  explicit rocks_info_log(std::string area)
      : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), area_(std::move(area)) {}

  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, arguments);
  }

  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level >= rocksdb::InfoLogLevel::HEADER_LEVEL) {
      return;
    }
    std::array<char, line_bytes_max> line;
    if (std::vsnprintf(line.data(), line.size(), format, arguments) < 0) return;
    diagnostics::write(level == rocksdb::InfoLogLevel::WARN_LEVEL ? diagnostics::level::warn
                                                                  : diagnostics::level::error,
                       area_, std::string("RocksDB: ") + line.data());
  }

  void LogHeader(const char*, va_list) override {}

 private:
  const std::string area_;
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_info_log(std::string area) {
  return std::make_shared<rocks_info_log>(std::move(area));
}

}  // namespace roomlog
