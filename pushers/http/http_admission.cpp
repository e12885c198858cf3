#include "pushers/http/http_admission.h"

#include <utility>

#include "pushers/transport/upgrade.h"

namespace roomlog {

void http_admission::refuse_overloaded(const http_reply& reply, const std::string& why) {
  ++overloaded_;
  reply(make_problem(make_client_error(error_code::overloaded, why + " (limits.http_in_flight)")));
}

void http_admission::admit(const http_request& request, http_reply reply,
                           std::function<void(const admitted_request_ptr&)> then) {
  auto token = token_of_upgrade(request.field("authorization"), {});
  if (token.empty()) return reply(make_problem(make_client_error(error_code::unauthorized)));
  if (request.has_body) return reply(make_problem(413, {}, "This path takes no body"));
  if (!shares_->enter(in_flight_max_))
    return refuse_overloaded(reply,
                             "At most " + std::to_string(in_flight_max_) + " requests may wait");
  auto asked = std::make_shared<admitted_request>(shares_, request, std::move(reply));
  port_.check_token(std::move(token),
                    [this, asked = std::move(asked), then = std::move(then)](token_answer verdict) {
                      if (identify(*asked, std::move(verdict))) then(asked);
                    });
}

bool http_admission::identify(admitted_request& asked, token_answer verdict) {
  if (const auto* refused = std::get_if<token_refusal>(&verdict)) {
    asked.refuse(refused->error);
    return false;
  }
  asked.who = std::get<principal>(std::move(verdict));
  asked.deadline = clock_.steady() + answer_wait_;
  auto user = asked.who.tenant + '/' + asked.who.user;
  if (!shares_->name(user, in_flight_max_)) {
    refuse_overloaded(asked.reply, "This user has as many requests waiting as are free");
    return false;
  }
  asked.user = std::move(user);
  return true;
}

}  // namespace roomlog
