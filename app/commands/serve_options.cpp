#include "app/commands/serve_options.h"

#include "app/serve/data_directory.h"
#include "ingress/commands/content_filter.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;

// Beyond the deadline that records carry: by how much the clocks of two machines may differ, or how
// long a command may have waited to be read.
constexpr milliseconds clock_skew{5'000};

parser_limits parser_limits_of(const config& from) {
  parser_limits out;
  out.text_code_points_max = from.limits.text_code_points;
  out.content_bytes_max = from.limits.content_bytes;
  out.title_code_points_max = from.limits.title_code_points;
  out.create_members_max = from.limits.create_members;
  out.features = from.features;
  return out;
}

client_limits push_limits_of(const config& from) {
  client_limits out;
  out.command = parser_limits_of(from);
  out.connections_max = from.limits.connections;
  out.connections_per_user_max = from.limits.connections_per_user;
  out.subscriptions_max = from.limits.subscriptions;
  out.frame_bytes_max = from.limits.frame_bytes;
  out.commands_in_flight_max = from.limits.in_flight_per_connection;
  out.queries_in_flight_max = from.limits.queries_per_connection;
  out.output_bytes_max = from.limits.output_bytes;
  out.flush_bytes_max = from.limits.flush_bytes;
  out.page_bytes = from.limits.page_bytes;
  out.query_page_bytes = from.limits.query_page_bytes;
  out.user_reads_waiting_max = from.limits.user_reads_waiting;
  out.query_scan_max = from.limits.query_scan_entries;
  out.tail_bytes_per_room = from.limits.room_tail_bytes;
  out.tail_bytes_per_shard = from.limits.shard_tail_bytes;
  out.inbox_bytes_max = from.limits.shard_inbox_bytes;
  out.kernel_unsent_bytes = from.limits.kernel_unsent_bytes;
  out.bad_frames_max = from.limits.bad_frames;
  out.http_head_bytes_max = from.limits.http_head_bytes;
  out.http_in_flight_max = from.limits.http_in_flight;
  return out;
}

client_times push_times_of(const config& from) {
  client_times out;
  out.ping = from.server.ping_ms;
  out.slow_ping = from.server.slow_ping;
  out.no_progress = from.server.no_progress;
  out.auth = from.server.auth_timeout;
  out.http_head = from.server.http_timeout;
  out.fold_wait = from.fold.wait;
  out.close_wait = from.server.close_wait;
  out.attempt_ms = static_cast<std::uint32_t>((from.limits.ack_timeout + clock_skew).count());
  out.input_age_max = clock_skew;
  return out;
}

}  // namespace

std::vector<partition_id> share_of(const config& from) {
  std::vector<partition_id> out;
  for (const std::uint32_t p : numbers_in(from.fold.partitions)) out.push_back(partition_id{p});
  return out;
}

identity_request identity_request_of(const config& from) {
  identity_request out;
  if (from.log.partitions != 0) out.partitions = from.log.partitions;
  out.new_epoch = random_hex_16();
  return out;
}

embedded_log_options embedded_log_options_of(const config& from) {
  embedded_log_options out;
  out.append_queue_bytes_max = from.log.queue_bytes;
  out.group_bytes_max = from.log.group_bytes;
  out.tail_bytes_per_partition = from.log.tail_bytes;
  out.write_buffer_bytes = from.log.write_buffer_bytes;
  return out;
}

kafka_connection kafka_connection_of(const config& from) {
  const auto& properties = from.kafka.properties;
  return {from.kafka.brokers, {properties.begin(), properties.end()}};
}

kafka_log_options kafka_log_options_of(const config& from) {
  kafka_log_options out;
  out.connection = kafka_connection_of(from);
  out.topic = from.kafka.topic_prefix + ".events";
  out.allow_unsafe_topic = from.kafka.allow_unsafe_topic;
  out.append_queue_bytes_max = from.log.queue_bytes;
  out.tail_bytes_per_partition = from.log.tail_bytes;
  out.open_wait = from.kafka.open_wait;
  return out;
}

memory_log_options memory_log_options_of(const config& from) {
  memory_log_options out;
  out.wanted = identity_request_of(from);
  out.codec = &descriptor_codec();
  out.append_queue_bytes_max = from.log.queue_bytes;
  out.group_bytes_max = from.log.group_bytes;
  return out;
}

fold_service_options fold_options_of(const config& from) {
  fold_service_options out;
  out.threads = from.fold.threads;
  out.read_bytes = from.fold.read_bytes;
  out.cache_bytes = from.fold.cache_bytes;
  out.wait_max = from.fold.wait;
  out.views.clear();
  for (const std::string& name : from.fold.views) {
    out.views.push_back(*find_view(name));  // was checked by the config
  }
  out.partitions = share_of(from);
  return out;
}

result<ingress_options> ingress_options_of(const config& from, const std::string& gateway_id) {
  ingress_options out;
  if (const auto file = from.content.prohibited_words_file; !file.empty()) {
    auto words = load_word_list(file);
    if (!words) return words.error();
    out.prohibited_words = std::move(*words);
  }
  out.gateway = gateway_id;
  out.ack_timeout = from.limits.ack_timeout;
  out.user_per_second = from.limits.user_per_second;
  out.user_per_minute = from.limits.user_per_minute;
  out.user_commands_per_second = from.limits.user_commands_per_second;
  out.user_commands_per_minute = from.limits.user_commands_per_minute;
  out.user_append_bytes = from.limits.user_append_bytes;
  out.user_invites_per_minute = from.limits.user_invites_per_minute;
  out.in_flight_max = from.limits.in_flight;
  out.in_flight_bytes_max = from.limits.in_flight_bytes;
  return out;
}

client_server_options client_server_options_of(const config& from, const std::string& epoch) {
  client_server_options out;
  out.host = from.server.listen.host;
  out.port = from.server.listen.port;
  out.shards = from.server.threads;
  out.reader_threads = from.server.reader_threads;
  out.epoch = epoch;
  out.limits = push_limits_of(from);
  out.times = push_times_of(from);
  for (const network& one : from.server.trusted_proxies) {
    out.trusted_proxies.push_back(one.range);
  }
  out.http_queries = !from.fold.views.empty();
  return out;
}

key_sources key_sources_of(const config& from) {
  return {from.auth.hmac_secret, from.auth.hmac_secret_file, from.auth.jwk_file, from.auth.pem_file,
          from.data.dir};
}

token_rules token_rules_of(const config& from) {
  using std::chrono::seconds;  // whole ones: see config_rules.cpp
  return {std::chrono::duration_cast<seconds>(from.auth.leeway),
          std::chrono::duration_cast<seconds>(from.auth.start_leeway),
          from.auth.require_exp ? token_expiry::required : token_expiry::optional,
          from.auth.issuer,
          from.auth.audience,
          from.auth.token_bytes};
}

}  // namespace roomlog
