// Which variables of the environment are Kubernetes' own.
#include "app/config/service_variable.h"

#include <gtest/gtest.h>

#include "app/config/config_loader.h"
#include "tests/app/child_process.h"

namespace roomlog::testing {
namespace {

using variable = std::pair<std::string, std::string>;

// What a pod gets beside a Service with two ports, one of them without a name.
std::vector<variable> of_service(const std::string& name) {
  return {{name + "_SERVICE_HOST", "10.96.0.10"},
          {name + "_SERVICE_PORT", "80"},
          {name + "_SERVICE_PORT_HTTP", "80"},
          {name + "_SERVICE_PORT_ADMIN_2", "8081"},
          {name + "_PORT", "tcp://10.96.0.10:80"},
          {name + "_PORT_80_TCP", "tcp://10.96.0.10:80"},
          {name + "_PORT_80_TCP_PROTO", "tcp"},
          {name + "_PORT_80_TCP_PORT", "80"},
          {name + "_PORT_80_TCP_ADDR", "10.96.0.10"},
          {name + "_PORT_8081_UDP", "udp://10.96.0.10:8081"},
          {name + "_PORT_9_SCTP_ADDR", "fd00::10"}};
}

TEST(service_variable, those_of_a_service_are_ignored_and_named) {
  for (const char* service :
       {"ROOMLOG", "ROOMLOG_GATEWAY", "ROOMLOG_KAFKA", "ROOMLOG_SERVER", "ROOMLOG_X_PORT_Y"}) {
    config_sources from;
    from.environment = of_service(service);
    for (const auto& [name, value] : from.environment) {
      EXPECT_TRUE(is_service_variable(name, value)) << name;
    }
    const auto loaded = load_config(from);
    ASSERT_TRUE(loaded) << loaded.error().text;
    EXPECT_EQ(loaded->ignored.size(), from.environment.size());
  }
}

TEST(service_variable, whatever_else_begins_as_ours_is_an_error_as_before) {
  const variable all[] = {{"ROOMLOG_GATEWAY_PORT", "80"},  // a URL is what Kubernetes sets
                          {"ROOMLOG_GATEWAY_SERVICE_PORT", "http"},
                          {"ROOMLOG_GATEWAY_SERVICE_PORTS", "80"},
                          {"ROOMLOG_GATEWAY_SERVICE_HOSTS", "10.96.0.10"},
                          {"ROOMLOG_GATEWAY_PORT_80", "tcp://10.96.0.10:80"},
                          {"ROOMLOG_GATEWAY_PORT_80_HTTP", "10.96.0.10"},
                          {"ROOMLOG_GATEWAY_PORT_80_TCP_NAME", "x"},
                          {"ROOMLOG_GATEWAY_PORT_X_TCP", "tcp://10.96.0.10:80"},
                          {"ROOMLOG_LISTEN", "127.0.0.1:1"},
                          {"ROOMLOG_SERVER__SERVICE_HOST", "10.96.0.10"},  // of a section
                          {"ROOMLOG_LIMITS__X_PORT", "tcp://10.96.0.10:80"}};
  for (const auto& one : all) {
    config_sources from;
    from.environment = {one};
    const auto loaded = load_config(from);
    ASSERT_FALSE(loaded) << one.first;
    EXPECT_NE(loaded.error().text.find("unknown setting"), std::string::npos) << one.first;
  }
}

TEST(service_variable, a_command_says_in_one_line_what_it_ignored) {
  const auto ran = run_roomlog({"config", "check"}, of_service("ROOMLOG_GATEWAY"));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "ok\n");
  EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << ran.err;
  EXPECT_NE(ran.err.find(" ROOMLOG_GATEWAY_SERVICE_HOST "), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace roomlog::testing
