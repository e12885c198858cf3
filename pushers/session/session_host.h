// A session on its connection: passes what the transport hears to the session, and what the session
// asks for to the port, the read threads and the transport. On its shard's thread only.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "pushers/session/session.h"
#include "pushers/transport/connection_application.h"

namespace roomlog {

class shard_core;

class session_host final : public connection_application, private session_env {
 public:
  session_host(shard_core& home, connection_link& link, const upgrade_request& asked);
  ~session_host() override;

  session& of() { return session_; }
  // After every call of the session: it may want input or another timer.
  void settle();
  void close_with(std::uint16_t code) { link_.close(code, {}); }
  // Refuses a first token of a user who has too many connections.
  void on_token(token_answer verdict);

  // connection_application
  void on_open() override;
  void on_message(ws_opcode kind, std::string_view payload) override;
  bool takes_binary() const override { return false; }
  void on_binary_refused() override { session_.on_binary(); }
  bool wants_input() const override { return session_.wants_input(); }
  bool answers_due() const override { return session_.answers_due(); }
  void on_heard() override;
  void on_drained() override;
  void on_blocked() override;
  void on_timer() override;
  output_source* source() override { return &session_; }

 private:
  // session_env
  moment now() const override;
  void verify_token(std::string token) override;
  std::optional<command_outcome> submit(const principal& who, event_command command) override;
  void load_page(page_request request) override;
  std::optional<client_error> admit_read(const principal& who) override;
  bool run_query(view_query query) override;
  bool find_cursor(cursor_request request) override;
  void wait_level(const std::vector<partition_id>& behind, std::uint64_t ticket) override;
  void next_turn() override;
  void wake() override { link_.wake(); }
  output_place place_for_direct() const override { return link_.place_for_direct(); }
  void close(std::uint16_t code, std::string_view reason) override { link_.close(code, reason); }
  void abort() override { link_.abort(); }
  peer_progress progress() override { return link_.progress(); }

  shard_core& home_;
  connection_link& link_;
  const session_key key_;
  const std::shared_ptr<connection_place> place_;  // may be null
  std::string token_;                              // of the upgrade, until on_open()
  const std::string traceparent_;  // of the upgrade: every command of the connection carries it
  // Set at the end: what read threads have not begun is not done any more.
  const std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  session session_;
};

}  // namespace roomlog
