#include "app/serve/server_rules.h"

#include <algorithm>

#include "app/config/setting_value.h"

namespace roomlog {
namespace {

constexpr std::size_t gateway_id_max = 64;

class rules {
 public:
  explicit rules(const effective_config& from) : from_(from), roles_(roles_of(from.values)) {}

  result<> check() {
    check_engine();
    check_roles();
    check_views();
    check_gateway_id();
    if (problems_.empty()) return {};
    return error{errc::invalid, problems_};
  }

 private:
  bool on_kafka() const { return from_.values.log.engine == log_engine::kafka; }
  bool has_views() const { return !from_.values.fold.views.empty(); }
  bool keeps(std::string_view view) const {
    return std::ranges::find(from_.values.fold.views, view) != from_.values.fold.views.end();
  }

  std::string named(std::string_view name) const {
    return std::string(name) + " = \"" + text_of(*find_setting(name), from_.values) + '"';
  }
  void problem(std::string_view at, const std::string& text) {
    if (!problems_.empty()) problems_ += '\n';
    problems_ += from_.source_of(at) + ": " + text;
  }

  void check_engine() {
    if (on_kafka() && from_.values.kafka.brokers.empty()) {
      problem("log.engine", named("log.engine") + " needs kafka.brokers, which is empty");
    }
    if (on_kafka()) return;
    if (!from_.values.kafka.brokers.empty()) {
      problem("kafka.brokers", named("kafka.brokers") + " cannot be combined with " +
                                   named("log.engine") + "; log.engine must be kafka");
    }
    if (!roles_.whole()) {
      problem("server.roles", named("server.roles") + " cannot be combined with " +
                                  named("log.engine") +
                                  ": one process with all roles uses such a log");
    }
  }

  void check_roles() {
    if (roles_.ingress && !roles_.pusher) {
      problem("server.roles", named("server.roles") +
                                  ": commands come in over the sessions of a pusher; ingress "
                                  "needs the role pusher too");
    }
    if (!roles_.ingress && !roles_.pusher && !roles_.projector) {
      problem("server.roles", "server.roles is empty; a server needs a role");
    }
  }

  void check_views() {
    if (roles_.projector && !has_views()) {
      problem("fold.views",
              "fold.views is empty, but " + named("server.roles") + ": a projector needs a view");
    }
    if (keeps("rooms") && !keeps("history")) {
      problem("fold.views", named("fold.views") +
                                ": rooms are listed with their last messages, so rooms needs "
                                "history");
    }
    if (from_.values.fold.partitions.empty()) return;
    if (roles_.ingress || roles_.pusher) {
      problem(
          "fold.partitions",
          named("fold.partitions") + " cannot be combined with " + named("server.roles") +
              "; only a server with the single role projector may have a share of the partitions");
    }
  }

  void check_gateway_id() {
    const std::string& id = from_.values.server.gateway_id;
    const bool fits = id.size() <= gateway_id_max &&
                      std::ranges::all_of(id, [](char c) { return c >= 0x21 && c <= 0x7e; });
    if (!fits) {
      problem("server.gateway_id",
              named("server.gateway_id") + " must be 1 to 64 characters of 0x21-0x7E");
    }
  }

  const effective_config& from_;
  const server_roles roles_;
  std::string problems_;
};

}  // namespace

server_roles roles_of(const config& from) {
  const auto& names = from.server.roles;
  const auto has = [&](std::string_view role) { return std::ranges::count(names, role) != 0; };
  return {has("ingress"), has("pusher"), has("projector")};
}

result<> check_for_server(const effective_config& from) {
  return rules(from).check();
}

}  // namespace roomlog
