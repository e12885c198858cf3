#include "tests/sim/connection.h"

#include <algorithm>
#include <utility>

namespace roomlog::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t slow_bytes = 700;

}  // namespace

connection::connection(network& in, const clock_source& clock, life_ptr process,
                       loop_of_connections& loop, peer& client)
    : in_(in),
      clock_(clock),
      process_(process),
      loop_(loop),
      client_(&client),
      place_(loop.outputs().add(socket_.server_end())) {}

connection::~connection() = default;

template <class Call>
void connection::later(microseconds delay, std::string_view what, Call call) {
  const auto process = process_.lock();
  if (!process) return;
  in_.time.after(delay, process, what, [weak = weak_from_this(), call] {
    const auto self = weak.lock();
    if (self && self->app_) call(*self);
  });
}

void connection::open(std::unique_ptr<connection_application> app) {
  app_ = std::move(app);
  app_->on_open();
}

// ---- to the server ----

void connection::send(std::string text) {
  if (silent_) return;
  in_.time.note(client_->name() + " > " + text);
  const auto at = in_.time.now() + in_.chance.between(1us, in_.faults.frame_delay);
  last_arrival_ = std::max(last_arrival_, at);
  later(last_arrival_ - in_.time.now(), "a frame arrives",
        [text = std::move(text)](connection& self) { self.arrive(text); });
}

void connection::arrive(std::string text) {
  app_->on_heard();
  arrived_.push_back(std::move(text));
  take_input();
}

void connection::take_input() {
  if (std::exchange(taking_, true)) return;
  while (app_ && !closing_ && !arrived_.empty() && app_->wants_input()) {
    const std::string text = std::move(arrived_.front());
    arrived_.pop_front();
    app_->on_message(ws_opcode::text, text);
  }
  taking_ = false;
}

void connection::input_wanted() {
  if (arrived_.empty() || taking_) return;
  later(1us, "input is wanted", [](connection& self) { self.take_input(); });
}

void connection::cut() {
  client_ = nullptr;
  later(1us, "a connection is cut", [](connection& self) { self.end(0); });
}

void connection::process_died() {
  if (app_) end(0);
}

void connection::answer_ping() {
  if (silent_) return;
  later(in_.chance.between(1us, in_.faults.frame_delay), "a pong arrives",
        [](connection& self) { self.app_->on_heard(); });
}

// ---- to the client ----

void connection::wake() {
  loop_.outputs().set_idle(place_, false);
  if (std::exchange(woken_, true)) return;
  const auto delay = slow_ ? in_.chance.between(10ms, 2s) : in_.chance.between(1us, 100us);
  not_before_ = in_.time.now() + delay;
  loop_.flush_after(delay);
}

void connection::fall_silent() {
  silent_ = true;
  if (!app_) return;  // the process is gone, and its loop
  loop_.outputs().set_idle(place_, false);
}

void connection::read_slowly() {
  slow_ = true;
  if (!app_) return;
  loop_.outputs().set_idle(place_, false);
}

void connection::flush() {
  woken_ = false;
  if (silent_ || in_.chance.in_1000(in_.faults.flush_blocked)) return stall();
  stalled_ = false;
  auto* const source = closing_ ? nullptr : app_->source();
  const auto sent = out_.flush(socket_.server_end(), source, slow_ ? slow_bytes : wire::bytes_max);
  take_bytes();
  if (sent.result != output_buffer::flush_result::drained) {
    if (slow_ && !closing_) app_->on_blocked();
    return wake();
  }
  if (closing_) return end(*closing_);
  loop_.outputs().set_idle(place_, !slow_);
  app_->on_drained();
}

// The socket takes nothing: for ever, if the peer is silent; then a timer of the session ends it.
void connection::stall() {
  if (!std::exchange(stalled_, true)) stalled_since_ = in_.time.now();
  if (closing_) return end(*closing_);
  app_->on_blocked();
  if (!silent_) wake();
}

void connection::take_bytes() {
  for (auto& one : frames_.add(socket_.take())) {
    if (one.what == frame_reader::kind::ping) answer_ping();
    if (one.what != frame_reader::kind::text) continue;
    const auto at = in_.time.now() + in_.chance.between(1us, in_.faults.frame_delay);
    last_delivery_ = std::max(last_delivery_, at);
    // Not bound to the process: it is on its way.
    in_.time.after(last_delivery_ - in_.time.now(), nullptr, "a frame is delivered",
                   [self = shared_from_this(), text = std::move(one.payload)] {
                     std::string_view rest = text;
                     while (!rest.empty()) {
                       const auto line = rest.substr(0, rest.find('\n'));
                       rest.remove_prefix(std::min(rest.size(), line.size() + 1));
                       if (self->client_ == nullptr) return;
                       self->in_.time.note(self->client_->name() + " < " + std::string(line));
                       self->client_->on_object(line);
                     }
                   });
  }
}

void connection::call_at(microseconds due) {
  if (due >= timer_) return;
  timer_ = due;
  later(std::max(0us, due - clock_.steady()), "a timer", [due](connection& self) {
    if (self.timer_ != due) return;
    self.timer_ = microseconds::max();
    if (!self.closing_) self.app_->on_timer();
  });
}

void connection::close(std::uint16_t code, std::string_view) {
  if (closing_) return;
  closing_ = code;
  wake();
}

void connection::abort() {
  if (closing_) return;
  closing_ = 0;
  later(1us, "a connection is aborted", [](connection& self) { self.end(0); });
}

peer_progress connection::progress() {
  peer_progress now;
  if (!stalled_) return now;
  now.unacknowledged = 1'000;
  now.since_ack =
      std::chrono::duration_cast<std::chrono::milliseconds>(in_.time.now() - stalled_since_);
  return now;
}

void connection::end(unsigned code) {
  const auto self = shared_from_this();
  loop_.outputs().set_idle(place_, false);
  app_.reset();
  loop_.outputs().remove(std::exchange(place_, output_place::none));
  const auto delay = std::max(0us, last_delivery_ - in_.time.now()) + 1us;
  in_.time.after(delay, nullptr, "a connection ends", [self, code] {
    if (self->client_ == nullptr) return;
    std::exchange(self->client_, nullptr)->on_end(code);
  });
}

}  // namespace roomlog::sim
