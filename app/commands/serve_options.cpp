#include "app/commands/serve_options.h"

#include "app/config/endpoint.h"
#include "app/serve/data_directory.h"
#include "ingress/commands/content_filter.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;

// Beyond the deadline that records carry: by how much the clocks of two machines may differ.
constexpr milliseconds clock_skew{5'000};

std::uint32_t narrow(std::int64_t n) {
  return static_cast<std::uint32_t>(n);
}

client_limits push_limits_of(const config& from) {
  client_limits out;
  out.connections_max = from.size("limits.connections");
  out.connections_per_user_max = from.size("limits.connections_per_user");
  out.subscriptions_max = from.size("limits.subscriptions");
  out.frame_bytes_max = from.size("limits.frame_bytes");
  out.commands_in_flight_max = from.size("limits.in_flight_per_connection");
  out.queries_in_flight_max = from.size("limits.queries_per_connection");
  out.output_bytes_max = from.size("limits.output_bytes");
  out.flush_bytes_max = from.size("limits.flush_bytes");
  out.page_bytes = from.size("limits.page_bytes");
  out.query_page_bytes = from.size("limits.query_page_bytes");
  out.user_reads_waiting_max = from.size("limits.user_reads_waiting");
  out.query_scan_max = from.size("limits.query_scan_entries");
  out.ring_bytes_per_room = from.size("limits.ring_bytes");
  out.ring_bytes_per_shard = from.size("limits.shard_ring_bytes");
  out.inbox_bytes_max = from.size("limits.shard_inbox_bytes");
  out.kernel_unsent_bytes = from.size("limits.kernel_unsent_bytes");
  out.bad_frames_max = narrow(from.number("limits.bad_frames"));
  out.http_head_bytes_max = from.size("limits.http_head_bytes");
  out.http_in_flight_max = from.size("limits.http_in_flight");
  return out;
}

client_times push_times_of(const config& from) {
  client_times out;
  out.ping = from.duration("server.ping_ms");
  out.slow_ping = from.duration("server.slow_ping");
  out.no_progress = from.duration("server.no_progress");
  out.auth = from.duration("server.auth_timeout");
  out.http_head = from.duration("server.http_timeout");
  out.fold_wait = from.duration("fold.wait");
  out.close_wait = from.duration("server.close_wait");
  out.attempt_ms = narrow((from.duration("limits.ack_timeout") + clock_skew).count());
  return out;
}

}  // namespace

std::vector<partition_id> share_of(const config& from) {
  std::vector<partition_id> out;
  for (const std::uint32_t p : from.ranges("fold.partitions")) out.push_back(partition_id{p});
  return out;
}

identity_request identity_request_of(const config& from) {
  identity_request out;
  if (const auto wanted = from.number("log.partitions"); wanted != 0) {
    out.partitions = narrow(wanted);
  }
  out.new_epoch = random_hex_16();
  return out;
}

embedded_log_options embedded_log_options_of(const config& from) {
  embedded_log_options out;
  out.append_queue_bytes_max = from.size("log.queue_bytes");
  out.group_bytes_max = from.size("log.group_bytes");
  out.tail_bytes_per_partition = from.size("log.tail_bytes");
  out.write_buffer_bytes = from.size("log.write_buffer_bytes");
  return out;
}

kafka_connection kafka_connection_of(const config& from) {
  kafka_connection out{from.text("kafka.brokers"), {}};
  for (const auto& [name, entry] : from.properties()) {
    out.properties.emplace_back(name, std::get<std::string>(entry.value));
  }
  return out;
}

kafka_log_options kafka_log_options_of(const config& from) {
  kafka_log_options out;
  out.connection = kafka_connection_of(from);
  out.topic = from.text("kafka.topic_prefix") + ".events";
  out.allow_unsafe_topic = from.truth("kafka.allow_unsafe_topic");
  out.append_queue_bytes_max = from.size("log.queue_bytes");
  out.tail_bytes_per_partition = from.size("log.tail_bytes");
  out.open_wait = from.duration("kafka.open_wait");
  return out;
}

memory_log_options memory_log_options_of(const config& from) {
  memory_log_options out;
  out.wanted = identity_request_of(from);
  out.codec = &descriptor_codec();
  out.append_queue_bytes_max = from.size("log.queue_bytes");
  out.group_bytes_max = from.size("log.group_bytes");
  return out;
}

fold_service_options fold_options_of(const config& from) {
  fold_service_options out;
  out.threads = from.size("fold.threads");
  out.read_bytes = from.size("fold.read_bytes");
  out.cache_bytes = from.size("fold.cache_bytes");
  out.wait_max = from.duration("fold.wait");
  out.history_view = !from.list("fold.views").empty();
  out.partitions = share_of(from);
  return out;
}

result<ingress_options> ingress_options_of(const config& from, const std::string& gateway_id) {
  ingress_options out;
  if (const auto file = from.path("content.prohibited_words_file"); !file.empty()) {
    auto words = load_word_list(file);
    if (!words) return words.error();
    out.prohibited_words = std::move(*words);
  }
  out.gateway = gateway_id;
  out.ack_timeout = from.duration("limits.ack_timeout");
  out.user_per_second = narrow(from.number("limits.user_per_second"));
  out.user_per_minute = narrow(from.number("limits.user_per_minute"));
  out.user_commands_per_second = narrow(from.number("limits.user_commands_per_second"));
  out.user_commands_per_minute = narrow(from.number("limits.user_commands_per_minute"));
  out.user_append_bytes = from.size("limits.user_append_bytes");
  out.user_invites_per_minute = narrow(from.number("limits.user_invites_per_minute"));
  out.in_flight_max = from.size("limits.in_flight");
  out.in_flight_bytes_max = from.size("limits.in_flight_bytes");
  return out;
}

parser_limits parser_limits_of(const config& from) {
  parser_limits out;
  out.text_code_points_max = from.size("limits.text_code_points");
  out.content_bytes_max = from.size("limits.content_bytes");
  out.title_code_points_max = from.size("limits.title_code_points");
  out.create_members_max = from.size("limits.create_members");
  return out;
}

client_server_options client_server_options_of(const config& from, const std::string& epoch) {
  const auto where = parse_endpoint(from.text("server.listen"));  // was checked by the config
  client_server_options out;
  out.host = where->host;
  out.port = where->port;
  out.shards = narrow(from.number("server.threads"));
  out.reader_threads = narrow(from.number("server.reader_threads"));
  out.epoch = epoch;
  out.limits = push_limits_of(from);
  out.times = push_times_of(from);
  for (const std::string& range : from.list("server.trusted_proxies")) {
    out.trusted_proxies.push_back(*ip_range::parse(range));  // was checked by the config
  }
  out.http_queries = !from.list("fold.views").empty();
  return out;
}

key_sources key_sources_of(const config& from) {
  return {from.text("auth.hmac_secret"), from.path("auth.hmac_secret_file"),
          from.path("auth.jwk_file"), from.path("auth.pem_file"), from.path("data.dir")};
}

token_rules token_rules_of(const config& from) {
  const auto seconds = [&](const char* name) {
    return std::chrono::duration_cast<std::chrono::seconds>(from.duration(name));
  };
  return {seconds("auth.leeway"),
          seconds("auth.start_leeway"),
          from.truth("auth.require_exp") ? token_expiry::required : token_expiry::optional,
          from.text("auth.issuer"),
          from.text("auth.audience"),
          from.size("auth.token_bytes")};
}

}  // namespace roomlog
