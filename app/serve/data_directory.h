// The server's directory on disk.
//
//   DATA/            0700 where it is made here; one that is there keeps its mode
//   DATA/log/        the embedded log, locked by the one process that writes it
//   DATA/state/      the fold's state and the views
//   DATA/gateway_id  16 characters of [0-9a-f], 0600: who appends
//   DATA/token.key   the server's own secret where no key is configured, 0600
//
// All of these are their user's alone, whatever the umask was when they were made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "log/base/result.h"

namespace roomlog {

class data_directory {
 public:
  // Makes what is missing. errc::invalid names the path and what is wrong with it.
  static result<data_directory> open(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path log() const { return root_ / "log"; }
  std::filesystem::path state() const { return root_ / "state"; }
  const std::string& gateway_id() const { return gateway_id_; }
  // What an operator should know: that others could read what is there, or still can.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void make_private();

  std::filesystem::path root_;
  std::string gateway_id_;
  std::vector<std::string> notes_;
};

// 16 characters of [0-9a-f] from the system's random source.
std::string random_hex_16();

}  // namespace roomlog
