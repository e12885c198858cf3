#include "log/kafka/kafka_client.h"

#include <span>

#include "log/base/diagnostics.h"
#include "log/kafka/kafka_property_rules.h"

namespace roomlog {
namespace {

struct setting {
  const char* name;
  const char* value;
};

// Why each differs from librdkafka's default: waiting that is good for batch jobs is a stall here.
// The operator's properties come after these and may change them.
constexpr setting common_settings[] = {
    {"client.id", "roomlog"},
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"socket.timeout.ms", "8000"},
    // A machine that is gone answers nothing; librdkafka would try for 30 s before it tries anew.
    {"socket.connection.setup.timeout.ms", "8000"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "1000"},
    {"log.connection.close", "false"},
    {"topic.metadata.refresh.interval.ms", "30000"},
    {"topic.metadata.refresh.fast.interval.ms", "100"},
    {"allow.auto.create.topics", "false"},
};
// One record of up to 8 MiB passes if the topic takes it; batches stay below the broker's default.
// One request under way to each broker: a broker answers the requests of a connection one after the
// other, replication included, so more of them only wait there, and what waits here becomes one
// batch. Nor can a request that is sent again be overtaken.
constexpr setting producer_settings[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"linger.ms", "0"},
    {"max.in.flight.requests.per.connection", "1"},
    {"message.timeout.ms", "10000"},
    {"message.max.bytes", "8388608"},
    {"batch.size", "1000000"},
    {"queue.buffering.max.messages", "10000000"},
    {"queue.buffering.max.kbytes", "2097151"},
    {"retry.backoff.ms", "50"},
};
// "error": a position that is not there is said, never moved.
constexpr setting consumer_settings[] = {
    {"auto.offset.reset", "error"},
    {"isolation.level", "read_uncommitted"},
    {"check.crcs", "true"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "false"},
    {"fetch.error.backoff.ms", "20"},
};
constexpr setting tail_settings[] = {
    {"log.connection.close", "true"},  // or lost connections are not reported
    {"fetch.wait.max.ms", "500"},
    {"queued.max.messages.kbytes", "65536"},
    {"queued.min.messages", "1000000"},
};
// Where partitions end is asked as the tail reads: whatever is there, also behind records of other
// programs that are not committed. Nor would anybody learn otherwise of a broker that hangs up
// because it wants TLS.
constexpr setting admin_settings[] = {
    {"isolation.level", "read_uncommitted"},
    {"log.connection.close", "true"},
};
// A reader's fetch never waits long at an end: it would hold up the next position. It fetches what
// was asked for and nothing ahead (see kafka_reader.h).
constexpr setting reader_settings[] = {
    {"fetch.wait.max.ms", "10"},
    {"fetch.message.max.bytes", "4194304"},
    {"queued.max.messages.kbytes", "1"},
};

// A late signal is worth nothing: what no broker takes soon is dropped, what is gone is not asked
// for.
constexpr setting signal_producer_settings[] = {
    {"acks", "1"},
    {"linger.ms", "0"},
    {"max.in.flight.requests.per.connection", "1"},
    {"message.timeout.ms", "2000"},
    {"message.send.max.retries", "2"},
    {"queue.buffering.max.messages", "100000"},
    {"queue.buffering.max.kbytes", "4096"},
    {"delivery.report.only.error", "true"},
};
constexpr setting signal_tail_settings[] = {
    {"auto.offset.reset", "latest"},
    {"fetch.wait.max.ms", "500"},
    {"queued.max.messages.kbytes", "16384"},
};

std::span<const setting> settings_of(kafka_role role) {
  switch (role) {
    case kafka_role::signal_producer:
      return signal_producer_settings;
    case kafka_role::signal_tail:
      return signal_tail_settings;
    case kafka_role::producer:
      return producer_settings;
    case kafka_role::tail:
      return tail_settings;
    case kafka_role::reader:
      return reader_settings;
    case kafka_role::admin:
      return admin_settings;
  }
  return {};
}

bool is_consumer(kafka_role role) {
  return role == kafka_role::tail || role == kafka_role::reader || role == kafka_role::signal_tail;
}

error refused(const std::string& name, const std::string& why) {
  return {errc::invalid, kafka_property_prefix + name + ": " + why};
}

result<> set(rd_kafka_conf_t* config, const std::string& name, const std::string& value) {
  char text[512];
  const auto outcome = rd_kafka_conf_set(config, name.c_str(), value.c_str(), text, sizeof text);
  if (outcome == RD_KAFKA_CONF_OK) return {};
  if (outcome == RD_KAFKA_CONF_UNKNOWN) return refused(name, "librdkafka has no such property");
  // librdkafka's own text may quote the value.
  if (is_secret_kafka_property(name)) return refused(name, "librdkafka refuses its value");
  std::string why = text;
  why.erase(why.find_last_not_of('\n') + 1);
  return refused(name, "\"" + value + "\" is refused: " + why);
}

// `text` without any secret value.
std::string without_secrets(std::string text, const kafka_connection& to) {
  for (const auto& [name, value] : to.properties) {
    if (!is_secret_kafka_property(name) || value.empty()) continue;
    for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
      text.replace(at, value.size(), "***");
      at += 3;
    }
  }
  return text;
}

result<> set_all(rd_kafka_conf_t* config, std::span<const setting> settings) {
  for (const auto& one : settings) {
    if (auto done = set(config, one.name, one.value); !done) return done;
  }
  return {};
}

void on_library_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  const auto line = std::string(facility) + ": " + text;
  // A property of producers given to a consumer: the operator's properties go to all clients.
  if (std::string_view(facility) == "CONFWARN") return diagnostics::debug("kafka", line);
  // syslog's levels. Broken connections are routine to librdkafka, and to us until a call fails.
  if (level <= 2) return diagnostics::error("kafka", line);
  if (level <= 5) return diagnostics::warn("kafka", line);
  diagnostics::debug("kafka", line);
}

void on_library_error(rd_kafka_t*, int code, const char* text, void* observer) {
  if (observer == nullptr) return;
  static_cast<kafka_observer*>(observer)->on_client_error(static_cast<rd_kafka_resp_err_t>(code),
                                                          text);
}

// librdkafka takes passwords and certificates and then connects without them, where the protocol
// has no use for them: an operator would rely on a protection that is not there.
result<> check_protocol(rd_kafka_conf_t* config, const kafka_connection& to) {
  char text[64] = "";
  std::size_t size = sizeof text;
  (void)rd_kafka_conf_get(config, "security.protocol", text, &size);
  const std::string_view protocol = text;
  const bool sasl = protocol.starts_with("sasl"), tls = protocol.ends_with("ssl");
  for (const auto& [name, value] : to.properties) {
    const bool idle = (name.starts_with("sasl.") && !sasl) || (name.starts_with("ssl.") && !tls);
    if (!idle) continue;
    return refused(name, "security.protocol is \"" + std::string(protocol) +
                             "\", which does not use it; it must be \"" +
                             (name.starts_with("ssl.") ? (sasl ? "SASL_SSL" : "SSL or SASL_SSL")
                                                       : "SASL_SSL or SASL_PLAINTEXT") +
                             "\"");
  }
  return {};
}

result<kafka_config> make_config(const kafka_connection& to, kafka_role role) {
  kafka_config config(rd_kafka_conf_new());
  if (auto done = set_all(config.get(), common_settings); !done) return done.error();
  if (is_consumer(role)) {
    if (auto done = set_all(config.get(), consumer_settings); !done) return done.error();
  }
  if (auto done = set_all(config.get(), settings_of(role)); !done) return done.error();
  char text[512];
  if (rd_kafka_conf_set(config.get(), "bootstrap.servers", to.brokers.c_str(), text, sizeof text) !=
      RD_KAFKA_CONF_OK) {
    return error{errc::invalid, "kafka.brokers: \"" + to.brokers + "\" is refused: " + text};
  }
  for (const auto& [name, value] : to.properties) {
    if (auto allowed = check_kafka_property(name); !allowed) return allowed.error();
    if (auto done = set(config.get(), name, value); !done) return done.error();
  }
  if (role == kafka_role::signal_producer) {
    // What properties for events raise would keep signals longer, reorder them or let them pile up.
    if (auto done = set_all(config.get(), settings_of(role)); !done) return done.error();
  }
  if (auto fits = check_protocol(config.get(), to); !fits) return fits.error();
  return config;
}

}  // namespace

void destroy_kafka_client(rd_kafka_t* client) {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

result<kafka_client> make_kafka_client(const kafka_connection& to, kafka_role role,
                                       kafka_observer* observer) {
  if (to.brokers.empty() && to.properties.empty()) {
    return error{errc::invalid, "kafka.brokers is empty; it must be HOST:PORT, comma separated"};
  }
  auto config = make_config(to, role);
  if (!config) return config.error();
  rd_kafka_conf_set_log_cb(config->get(), on_library_log);
  rd_kafka_conf_set_error_cb(config->get(), on_library_error);
  rd_kafka_conf_set_opaque(config->get(), observer);
  if (role == kafka_role::producer || role == kafka_role::signal_producer) {
    rd_kafka_conf_set_events(config->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  }
  if (role == kafka_role::admin) rd_kafka_conf_set_events(config->get(), RD_KAFKA_EVENT_ERROR);
  char text[512];
  const auto type = is_consumer(role) ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
  kafka_client client(rd_kafka_new(type, config->get(), text, sizeof text));
  if (!client) {
    return error{errc::invalid,
                 "kafka.properties: librdkafka refuses them: " + without_secrets(text, to)};
  }
  (void)config->release();  // the client has it now
  return client;
}

std::string describe_kafka_error(rd_kafka_resp_err_t code) {
  return std::string(rd_kafka_err2str(code)) + " (" + rd_kafka_err2name(code) + ")";
}

bool is_missing_kafka_right(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

bool is_passing_kafka_error(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
      return true;
    default:
      return false;
  }
}

}  // namespace roomlog
