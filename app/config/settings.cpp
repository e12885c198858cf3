#include "app/config/settings.h"

#include <algorithm>
#include <array>
#include <vector>

#include "app/config/settings_tables.h"

namespace roomlog {
namespace {

constexpr std::array sections{
    setting_section{"data", "Where everything is kept."},
    setting_section{"server", "What the server listens on and how it lives and ends."},
    setting_section{"log", "The event log."},
    setting_section{"kafka", "The log on Apache Kafka: log.engine = \"kafka\"."},
    setting_section{"fold", "The fold, its state and the views."},
    setting_section{"auth",
                    "Whose tokens are believed. Without any key here the server makes a "
                    "secret of its own in its data directory."},
    setting_section{"limits", "What one client, one connection and the whole server may use."},
    setting_section{"features",
                    "What is served beyond the core of the protocol; hello.features names it."},
    setting_section{"content", "What messages may hold."},
    setting_section{"diagnostics", "What operators read on stderr."},
};

}  // namespace

std::span<const setting> all_settings() {
  static const std::vector<setting> all = [] {
    std::vector<setting> rows;
    for (const auto part : {server_settings(), log_settings(), auth_settings(), limit_settings(),
                            content_settings()}) {
      rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
  }();
  return all;
}
std::span<const setting_section> all_sections() {
  return sections;
}

const setting* find_setting(std::string_view name) {
  const auto all = all_settings();
  const auto found = std::ranges::find(all, name, &setting::name);
  return found == all.end() ? nullptr : &*found;
}

const setting_section& property_table() {
  static constexpr setting_section table{
      "kafka.properties",
      "Whatever else librdkafka can be told, under its own names: TLS, SASL, tuning. What "
      "roomlog's promises rest on (acks, enable.idempotence and others) is refused. NAME_file "
      "names a file that holds the value. In the environment the name is written with capitals and "
      "_ for the "
      "dots: ROOMLOG_KAFKA__PROPERTIES__SASL_PASSWORD. Passwords and keys are hidden wherever "
      "settings are shown."};
  return table;
}

}  // namespace roomlog
