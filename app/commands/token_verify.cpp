#include "app/commands/token_verify.h"

#include "app/commands/token_talk.h"
#include "ingress/auth/jwt.h"
#include "ingress/auth/jwt_base64.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/text_encoding.h"
#include "schemas/text/time_text.h"
#include "schemas/text/utf8.h"

namespace roomlog {
namespace {

std::string expiry_text(timestamp expires) {
  return expires.value == 0 ? "never" : time_text(expires);
}

std::string scope_text(const principal& who) {
  std::string out;
  const auto add = [&](bool has, const char* word) {
    if (has) out += (out.empty() ? "" : " ") + std::string(word);
  };
  add(who.admin, "admin");
  add(who.audit, "audit");
  add(who.unlimited, "unlimited");
  return out;
}

void print_principal(const principal& who, bool json, std::ostream& out) {
  if (json) {
    std::string text;
    json_object object(text);
    object.field("good", true).field("user", who.user).field("tenant", who.tenant);
    object.field("name", who.name).field("device", who.device).field("scope", scope_text(who));
    if (who.expires.value == 0) {
      object.raw("expires", "null");
    } else {
      object.field("expires", time_text(who.expires));
    }
    object.field("key_id", who.key_id).close();
    out << text << '\n';
    return;
  }
  out << "good\nuser:    " << who.user << "\ntenant:  " << who.tenant << '\n';
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) out << name << value << '\n';
  };
  line("name:    ", who.name);
  line("device:  ", who.device);
  line("scope:   ", scope_text(who));
  line("expires: ", expiry_text(who.expires));
  line("key:     ", who.key_id);
}

void print_payload(const verified_payload& checked, bool json, std::ostream& out) {
  const bool is_text = is_valid_utf8(checked.payload);
  if (json) {
    std::string text;
    json_object object(text);
    object.field("good", true).field("algorithm", to_string(checked.algorithm));
    object.field("key_id", checked.key_id);
    object.field("payload", base64url_encode(checked.payload));
    if (is_text) object.field("payload_text", checked.payload);
    object.close();
    out << text << '\n';
    return;
  }
  out << "good signature\nalgorithm: " << to_string(checked.algorithm) << '\n';
  if (!checked.key_id.empty()) out << "key:       " << checked.key_id << '\n';
  std::string shown;
  if (is_text) append_json_string(shown, checked.payload);  // a terminal is not to be steered by it
  out << "payload:   " << (is_text ? shown : base64url_encode(checked.payload)) << '\n';
}

exit_code print_refusal(const token_error& refused, bool json, std::ostream& out) {
  if (json) {
    std::string text;
    json_object object(text);
    object.field("good", false).field("code", to_string(refused.kind));
    object.field("close_code", std::uint64_t{close_code(refused.kind)});
    object.field("reason", refused.text).close();
    out << text << '\n';
  } else {
    out << "bad: " << to_string(refused.kind) << ": " << refused.text << '\n';
  }
  return exit_code::failed;
}

result<std::string> read_token(const token_verify_options& options, std::istream& in) {
  if (options.token != "-") return options.token;
  std::string line;
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  const auto text = text_without_mark(line, "the token on standard input");
  if (!text) return text.error();
  return std::string(*text);
}

}  // namespace

exit_code run_token_verify(const token_verify_options& options, std::istream& in, std::ostream& out,
                           std::ostream& err) {
  const auto ring = keyring::load(options.keys, own_secret::must_exist);
  if (!ring && ring.error().code == errc::invalid) {
    const token_error unfit{token_error_kind::signature,
                            "the key is refused: " + ring.error().text};
    return print_refusal(unfit, options.json, out);
  }
  if (!ring) return complain(exit_code::configuration, ring.error().text, err);
  print_notes(*ring, err);
  const token_verifier verifier(ring->keys(), options.rules);
  const auto token = read_token(options, in);
  if (!token) return complain(exit_code::failed, token.error().text, err);
  if (options.signature_only) {
    const auto checked = verifier.verify_signature(*token);
    if (!checked) return print_refusal(checked.error(), options.json, out);
    print_payload(*checked, options.json, out);
    return exit_code::done;
  }
  const auto who = verifier.verify(*token, options.now);
  if (!who) return print_refusal(who.error(), options.json, out);
  print_principal(*who, options.json, out);
  return exit_code::done;
}

}  // namespace roomlog
