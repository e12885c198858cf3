// A scripted client: one device of a user. It signs in, subscribes, resumes from its position, makes
// commands and repeats them with the same cid until they are settled, as docs/protocol.md asks of
// clients; and it looks at everything that it is told.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "tests/sim/command_book.h"
#include "tests/sim/connection.h"
#include "tests/sim/page_check.h"
#include "tests/sim/subscription_watch.h"

namespace roomlog::sim {

// What clients share; outlives them.
struct client_world {
  network& net;
  const oracle& judge;
  command_book& book;
  std::vector<std::string> users, rooms;
  // A connection to a process that takes clients, or null.
  std::function<std::shared_ptr<connection>(const std::string& token, peer& who)> connect;
};

class client final : private peer {
 public:
  client(client_world& in, std::string user, std::string device);
  ~client() override;

  void begin();
  // No new commands and no faults from now on: it finishes what it has.
  void calm_down();
  // Everybody has come to rest: it reads all of its rooms and compares.
  void read_all();
  // Empty where it has come to rest; else what is missing.
  std::string unrest() const;

  // ---- faults ----
  void cut();
  void fall_silent();
  void read_slowly(microseconds time);

 private:
  // What an id was used for, until its reply has come.
  struct question {
    enum kinds { command, subscribe, page, members, rooms, ping, other } what = other;
    std::string room;
    client_command* of = nullptr;  // command
    microseconds made{};
    std::uint64_t after = 0;  // subscribe
  };
  struct room_position {
    std::uint64_t next = 1;           // all below came as event or ack
    std::set<std::uint64_t> further;  // and these
    bool wanted = true;               // it subscribes to the room
    bool refused = false;             // the last subscribe was
    bool checked = false;             // its history was, after calm_down()
  };

  // peer
  std::string name() const override { return user_ + "/" + device_; }
  void on_object(std::string_view json) override;
  void on_end(unsigned code) override;

  void connect();
  void on_reply(const boost::json::object& frame, const std::string& type);
  void on_ready();
  void on_ack(const question& asked, const boost::json::object& frame);
  void on_refusal(const question& asked, const boost::json::object& frame);
  void on_subscribed(const question& asked, const boost::json::object& frame);
  void on_event(const boost::json::object& frame);
  void on_page(const question& asked, const boost::json::object& frame);
  void note_seen(const std::string& room, std::uint64_t seq);

  // The script.
  void act_later();
  void act();
  void make_command();
  boost::json::object choose_command(std::string& kind, const std::string& room);
  void subscribe(const std::string& room);
  void check_history(const std::string& room, std::uint64_t after);
  void settle_rest();

  void ask(boost::json::object frame, question of);
  void attempt(client_command& of);
  void attempt_later(client_command& of);
  void drop_questions();
  subscription_watch& watch_of(const std::string& room);
  template <class Call>
  void later(microseconds delay, std::string_view what, Call call);
  [[noreturn]] void wrong(const std::string& text) const;

  client_world& in_;
  const std::string user_, device_;
  const life_ptr life_ = std::make_shared<process_life>();
  std::shared_ptr<connection> connection_;
  std::uint64_t connections_ = 0;  // so far; tells calls of an earlier one
  bool ready_ = false, calm_ = false, reads_all_ = false;
  std::uint64_t ids_ = 0, cids_ = 0;
  std::map<std::uint64_t, question> questions_;
  std::map<std::string, room_position> positions_;
  std::map<std::string, subscription_watch> watches_;  // of this connection
  std::vector<client_command*> unsettled_;             // to be repeated on the next connection
  std::size_t repeating_ = 0;                          // on this one, later
  std::map<std::string, std::string> last_cid_;        // of a message, by room: for after_cid
};

}  // namespace roomlog::sim
