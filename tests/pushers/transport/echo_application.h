// Sends every message back, by the server's own transport and output path.
#pragma once

#include "pushers/transport/serve_connection.h"

namespace roomlog::testing {

class echo_application final : public connection_application {
 public:
  static constexpr std::size_t output_bytes_max = 256 * 1024;

  explicit echo_application(connection_link& link) : link_(link) {}
  void on_open() override {}
  void on_message(ws_opcode kind, std::string_view payload) override {
    link_.output().append(kind, payload);
    link_.wake();
  }
  bool takes_binary() const override { return true; }
  // Reads on only when what it sent is on its way: memory stays within a few of the largest.
  bool wants_input() const override { return link_.output().waiting() < output_bytes_max; }
  output_source* source() override { return nullptr; }

 private:
  connection_link& link_;
};

inline connection_settings echo_settings(std::size_t message_bytes_max) {
  connection_settings settings;
  settings.message_bytes_max = message_bytes_max;
  settings.output_bytes_max = echo_application::output_bytes_max;
  settings.make_application = [](connection_link& link, const upgrade_request&) {
    return std::make_unique<echo_application>(link);
  };
  return settings;
}

}  // namespace roomlog::testing
