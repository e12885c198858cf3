// The configuration as the parts want it.
#pragma once

#include "app/config/config.h"
#include "ingress/auth/jwt_claims.h"
#include "ingress/auth/keyring.h"
#include "ingress/ingress_options.h"
#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_log.h"
#include "log/memory_log.h"
#include "projections/worker/fold_service.h"
#include "pushers/client_server_options.h"

namespace roomlog {

// The partitions that are folded here; empty: all.
std::vector<partition_id> share_of(const config& from);
// Asks for the configured partitions, and names a new log's life.
identity_request identity_request_of(const config& from);
embedded_log_options embedded_log_options_of(const config& from);
kafka_connection kafka_connection_of(const config& from);
kafka_log_options kafka_log_options_of(const config& from);  // of the topic of events
memory_log_options memory_log_options_of(const config& from);
fold_service_options fold_options_of(const config& from);
// Refused as load_word_list() refuses the list of prohibited words.
result<ingress_options> ingress_options_of(const config& from, const std::string& gateway_id);
client_server_options client_server_options_of(const config& from, const std::string& epoch);
key_sources key_sources_of(const config& from);
token_rules token_rules_of(const config& from);

}  // namespace roomlog
