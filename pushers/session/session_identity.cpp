#include "pushers/session/session_identity.h"

#include <algorithm>
#include <utility>

#include "schemas/protocol/close_codes.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

using std::chrono::microseconds;

namespace {

constexpr std::int64_t minute_us = 60'000'000;

// RFC 6455 has room for 123 bytes.
std::string close_reason(const client_error& error) {
  if (!error.retry_after_ms) return to_string(error.code);
  return close_codes::retry_reason(*error.retry_after_ms);
}

}  // namespace

session_identity::session_identity(session_replies& replies, moment now)
    : replies_(replies), due_(now.steady + replies.context().times.auth) {}

session_identity::~session_identity() {
  if (is_known()) --replies_.context().counters.sessions;
}

void session_identity::begin(command_id id) {
  verifying_ = true;
  asked_by_ = id.empty() ? nullptr : std::make_unique<const command_id>(std::move(id));
}

std::optional<session_end> session_identity::on_token(token_answer verdict, moment now) {
  if (!verifying_) return std::nullopt;
  verifying_ = false;
  const auto asked_by = std::exchange(asked_by_, nullptr);
  const command_id id = asked_by ? *asked_by : command_id();
  if (const auto* refusal = std::get_if<token_refusal>(&verdict)) {
    replies_.refuse(id, refusal->error);
    return session_end{refusal->close_code, close_reason(refusal->error)};
  }
  const auto& who = std::get<principal>(verdict);
  if (is_known() && (who.tenant != who_.tenant || who.user != who_.user)) {
    replies_.refuse(id, make_client_error(error_code::token_claims,
                                          "The new token is of another user or tenant"));
    return std::nullopt;
  }
  become(who, now);
  frames::authenticated(replies_.json(), id, who_);
  replies_.send();
  return std::nullopt;
}

void session_identity::become(const principal& who, moment now) {
  if (!is_known()) ++replies_.context().counters.sessions;
  who_ = who;
  if (who_.issued.value == 0) who_.issued = now.wall;
  expiring_said_ = false;
  schedule(now);
}

timestamp session_identity::notice_at() const {
  const auto lifetime = who_.expires.value - who_.issued.value;
  return timestamp{who_.expires.value - std::min(minute_us, lifetime / 5)};
}

void session_identity::schedule(moment now) {
  due_ = never;
  if (who_.expires.value == 0) return;
  const timestamp next = expiring_said_ ? who_.expires : notice_at();
  // The wall clock may step: looked at again within a minute.
  const auto wait = std::clamp(next.value - now.wall.value, std::int64_t{0}, minute_us);
  due_ = now.steady + microseconds(wait);
}

std::optional<session_end> session_identity::on_tick(moment now) {
  if (now.steady < due()) return std::nullopt;
  if (!is_known()) {
    replies_.refuse({}, make_client_error(error_code::unauthorized, "No token came in time"));
    return session_end{close_codes::no_token, "no token"};
  }
  if (now.wall >= who_.expires) {
    replies_.refuse({}, make_client_error(error_code::token_expired, "The token has expired"));
    return session_end{close_codes::token_expired, "token expired"};
  }
  if (!expiring_said_ && now.wall >= notice_at()) {
    expiring_said_ = true;
    frames::token_expiring(replies_.json(), who_.expires);
    replies_.send();
  }
  schedule(now);
  return std::nullopt;
}

microseconds session_identity::due() const {
  return !is_known() && verifying_ ? never : due_;
}

}  // namespace roomlog
