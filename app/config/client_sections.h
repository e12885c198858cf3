// The sections auth, limits and content of the configuration; rows in settings_auth.cpp,
// settings_limits.cpp and settings_content.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "app/config/setting_units.h"

namespace roomlog {

struct auth_section {
  std::string hmac_secret;
  std::filesystem::path hmac_secret_file;
  std::filesystem::path jwk_file;
  std::filesystem::path pem_file;
  std::string issuer;
  std::string audience;
  std::chrono::milliseconds leeway{0};
  std::chrono::milliseconds start_leeway{30'000};
  bool require_exp = true;
  std::size_t token_bytes = 4 * setting_units::kib;
  std::uint32_t threads = 1;
};

struct limits_section {
  std::uint32_t user_per_second = 10;
  std::uint32_t user_per_minute = 100;
  std::uint32_t user_commands_per_second = 20;
  std::uint32_t user_commands_per_minute = 600;
  std::size_t user_append_bytes = 2 * setting_units::mib;
  std::uint32_t user_invites_per_minute = 100;
  std::uint32_t user_reads_per_second = 1'000;
  std::uint32_t user_reads_waiting = 256;
  std::uint32_t text_code_points = 4'000;
  std::size_t content_bytes = 16 * setting_units::kib;
  std::uint32_t title_code_points = 256;
  std::uint32_t create_members = 100;
  std::size_t frame_bytes = 64 * setting_units::kib;
  std::uint32_t connections = 20'000;
  std::uint32_t connections_per_user = 100;
  std::uint32_t subscriptions = 1'000;
  std::uint32_t in_flight_per_connection = 256;
  std::uint32_t queries_per_connection = 8;
  std::uint32_t in_flight = 65'536;
  std::size_t in_flight_bytes = 64 * setting_units::mib;
  std::chrono::milliseconds ack_timeout{5'000};
  std::size_t output_bytes = 256 * setting_units::kib;
  std::size_t flush_bytes = 256 * setting_units::kib;
  std::size_t page_bytes = 64 * setting_units::kib;
  std::size_t query_page_bytes = 256 * setting_units::kib;
  std::uint32_t query_scan_entries = 2'000;
  std::size_t kernel_unsent_bytes = 128 * setting_units::kib;
  std::size_t room_tail_bytes = 1 * setting_units::mib;
  std::size_t shard_tail_bytes = 128 * setting_units::mib;
  std::size_t shard_inbox_bytes = 64 * setting_units::mib;
  std::uint32_t bad_frames = 32;
  std::size_t http_head_bytes = 16 * setting_units::kib;
  std::uint32_t http_in_flight = 1'000;
  std::uint32_t token_checks = 4'096;
};

struct content_section {
  std::filesystem::path prohibited_words_file;
};

}  // namespace roomlog
