#include "pushers/transport/event_loop.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "pushers/transport/loop_impl.h"

namespace roomlog {

namespace {

// Handlers that run before what they produced is sent, and how long they may take for it: one may
// work off dozens of commands.
constexpr int handlers_per_tick_max = 128;
constexpr std::chrono::milliseconds tick_work_max{1};
// Timers of one handler: many connections that came together are over together.
constexpr std::size_t timers_per_handler_max = 32;

}  // namespace

event_loop::impl::impl(const clock_source& clock_in, std::chrono::milliseconds tick_in)
    : clock(clock_in), tick(tick_in), wheel(tick_in, clock_in.steady()) {}

void event_loop::impl::run() {
  while (!stopping) {
    // Something listed while flushing is sent after the handlers that are ready, without waiting.
    if (listed.empty() && !more_to_send) io.run_one();
    const auto until = clock.steady() + tick_work_max;
    for (int i = 0; i < handlers_per_tick_max && clock.steady() < until; ++i)
      if (io.poll_one() == 0) break;
    flush_listed();
  }
}

void event_loop::impl::flush_listed() {
  before_flush();
  flushing.swap(listed);
  for (auto& member : flushing) {
    member->flush_listed_ = false;
    member->flush();
  }
  flushing.clear();
  more_to_send = after_flush();
}

void event_loop::impl::arm_tick() {
  timer.expires_after(tick);
  timer.async_wait([this](const boost::system::error_code& ec) {
    if (ec || stopping) return;
    if (!std::exchange(wheel_runs, true)) run_wheel();
    if (on_tick) on_tick();
    arm_tick();
  });
}

void event_loop::impl::run_wheel() {
  wheel_runs = !stopping && !wheel.advance(clock.steady(), timers_per_handler_max);
  if (wheel_runs) boost::asio::post(io, [this] { run_wheel(); });
}

event_loop::event_loop(const clock_source& clock, std::chrono::milliseconds tick)
    : impl_(std::make_unique<impl>(clock, tick)) {}

event_loop::~event_loop() {
  stop();
}

void event_loop::start() {
  impl_->arm_tick();
  impl_->thread = std::thread([this] { impl_->run(); });
}

void event_loop::stop() {
  if (impl_->stopped.exchange(true)) return;
  if (!impl_->thread.joinable()) return;
  boost::asio::post(impl_->io, [this] {
    const auto members = impl_->members;  // end() changes the list
    for (const auto& member : members) member->end();
    impl_->timer.cancel();
    // The handlers of the closed sockets run before the thread ends.
    boost::asio::post(impl_->io, [this] { impl_->stopping = true; });
  });
  impl_->thread.join();
  while (impl_->io.poll() != 0) impl_->flush_listed();
}

void event_loop::post(std::function<void()> work) {
  if (!impl_->stopped) boost::asio::post(impl_->io, std::move(work));
}

void event_loop::each_tick(std::function<void()> call) {
  impl_->on_tick = std::move(call);
}

void event_loop::around_flush(std::function<void()> before, std::function<bool()> after) {
  impl_->before_flush = std::move(before);
  impl_->after_flush = std::move(after);
}

void event_loop::add(const std::shared_ptr<loop_member>& member) {
  member->place_ = impl_->members.size();
  impl_->members.push_back(member);
}

void event_loop::remove(loop_member& member) {
  auto& members = impl_->members;
  if (member.place_ >= members.size() || members[member.place_].get() != &member) return;
  const auto place = member.place_;
  std::swap(members[place], members.back());
  members[place]->place_ = place;
  members.pop_back();
}

std::size_t event_loop::members() const {
  return impl_->members.size();
}

void event_loop::flush_later(loop_member& member) {
  if (member.flush_listed_) return;
  member.flush_listed_ = true;
  impl_->listed.push_back(member.shared_from_this());
}

void event_loop::call_at(loop_member& member, std::chrono::microseconds due) {
  impl_->wheel.add(member, due);
}

std::chrono::microseconds event_loop::now() const {
  return impl_->clock.steady();
}

loop_counters& event_loop::counters() {
  return impl_->counters;
}

direct_outputs& event_loop::direct() {
  return impl_->direct;
}

}  // namespace roomlog
