// Commands, their limits, tokens and what was read again.
#include "app/serve/metrics_parts.h"

namespace roomlog::metrics {
namespace {

void add_answers(metrics_families& out, const ingress_stats& in) {
  const char* outcomes = "Answers to commands that make events.";
  out.counter("roomlog_commands_total", outcomes, number(in.accepted), {{"outcome", "accepted"}});
  out.counter("roomlog_commands_total", outcomes, number(in.duplicates),
              {{"outcome", "duplicate"}});
  out.counter("roomlog_commands_total", outcomes, number(in.refused), {{"outcome", "refused"}});
  out.counter("roomlog_commands_total", outcomes, number(in.unknown), {{"outcome", "unknown"}});
  for_error_codes(out, "roomlog_commands_refused_total", "Refusals by code.", in.refused_by_code);
  for (std::size_t i = 0; i < user_limit_names.size(); ++i) {
    out.counter("roomlog_commands_rate_limited_total",
                "Of them, those above a rate or a budget of their user, by limit.",
                number(in.refused_by_limit[i]), {{"limit", user_limit_names[i]}});
  }
}

void add_in_flight(metrics_families& out, const metrics_snapshot& now) {
  const ingress_stats& in = now.ingress;
  out.gauge("roomlog_limited_users", "Users whose commands of the last minute are counted.",
            number(in.users));
  out.counter("roomlog_fences_total",
              "Fences taken: one for each partition at the start, and one after each doubt.",
              number(in.fences));
  out.gauge("roomlog_commands_in_flight", "Commands that wait for their verdict.",
            number(in.in_flight));
  out.gauge("roomlog_commands_in_flight_max", "Their bound, limits.in_flight.",
            number(now.in_flight_max));
  out.gauge("roomlog_commands_in_flight_bytes", "Memory of them.", number(in.in_flight_bytes));
  out.gauge("roomlog_commands_in_flight_bytes_max", "Its bound, limits.in_flight_bytes.",
            number(now.in_flight_bytes_max));
  out.gauge("roomlog_user_commands_in_flight_most",
            "Commands in flight of the user that has most; overloaded above a third of the bound.",
            number(in.most_of_a_user));
  out.gauge("roomlog_user_commands_in_flight_bytes_most", "The same of their memory.",
            number(in.most_bytes_of_a_user));
  for (std::size_t p = 0; p < in.in_flight_of.size(); ++p) {
    out.gauge("roomlog_partition_commands_in_flight",
              "The same of one partition; it is overloaded where it has more than is free.",
              number(in.in_flight_of[p]), {{"partition", std::to_string(p)}});
  }
  for (std::size_t p = 0; p < in.clock_skews.size(); ++p) {
    out.gauge(
        "roomlog_append_clock_skew_seconds",
        "How far the log's clock (on Kafka: the leader's) is ahead of ours at least; below 0: "
        "behind.",
        std::chrono::duration<double>(in.clock_skews[p]).count(),
        {{"partition", std::to_string(p)}});
  }
  out.histogram("roomlog_ack_seconds", "From taking a command to its verdict, accepted ones.",
                now.ack);
}

void add_tokens(metrics_families& out, const metrics_snapshot& now) {
  const char* tokens = "Tokens checked.";
  out.counter("roomlog_tokens_total", tokens, number(now.tokens.accepted),
              {{"outcome", "accepted"}});
  out.counter("roomlog_tokens_total", tokens, number(now.tokens.refused), {{"outcome", "refused"}});
  out.counter("roomlog_tokens_total", tokens, number(now.tokens.overloaded),
              {{"outcome", "overloaded"}});
  const char* reloads = "Keys and lists of words that were read again at SIGHUP.";
  out.counter("roomlog_reloads_total", reloads, number(now.reloads_done), {{"outcome", "done"}});
  out.counter("roomlog_reloads_total", reloads, number(now.reloads_refused),
              {{"outcome", "refused"}});
  out.gauge("roomlog_tokens_waiting", "Tokens that wait to be checked.",
            number(now.tokens.waiting));
}

}  // namespace

void add_ingress(metrics_families& out, const metrics_snapshot& now) {
  add_answers(out, now.ingress);
  add_in_flight(out, now);
  add_tokens(out, now);
}

}  // namespace roomlog::metrics
