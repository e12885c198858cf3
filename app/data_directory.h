// The server's directory on disk.
//
//   DATA/            0700
//   DATA/log/        the embedded log, locked by the one process that writes it
//   DATA/state/      the fold's state and the views
//   DATA/gateway_id  16 characters of [0-9a-f], 0600: who appends (DESIGN: gateways and fences)
//   DATA/token.key   the server's own secret where no key is configured, 0600
#pragma once

#include <filesystem>
#include <string>

#include "log/result.h"

namespace roomlog {

class data_directory {
 public:
  // Makes what is missing. errc::invalid names the path and what is wrong with it.
  static result<data_directory> open(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path log() const { return root_ / "log"; }
  std::filesystem::path state() const { return root_ / "state"; }
  const std::string& gateway_id() const { return gateway_id_; }

 private:
  std::filesystem::path root_;
  std::string gateway_id_;
};

// 16 characters of [0-9a-f] from the system's random source.
std::string random_hex_16();

}  // namespace roomlog
