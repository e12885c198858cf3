#include "app/commands/token_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <span>

#include "app/commands/serve_options.h"
#include "app/commands/token_make.h"
#include "app/commands/token_verify.h"
#include "app/config/config_options.h"
#include "app/config/setting_value.h"
#include "log/base/clock.h"

namespace roomlog {
namespace {

constexpr std::string_view flags[] = {"data.dir"};

constexpr setting expires_setting{.name = "expires",
                                  .kind = setting_kind::duration,
                                  .help = "",
                                  .min = 1000,
                                  .max = std::int64_t{36'500} * 86'400'000};

struct make_arguments {
  config_options options;
  token_make_options token;
  std::string expires = "1h";
};

struct verify_arguments {
  config_options options;
  token_verify_options token;
  std::string jwk;
};

exit_code usage(const std::string& text) {
  std::cerr << "roomlog token: " << text << "\nTry `roomlog token --help`.\n";
  return exit_code::usage;
}

exit_code misconfigured(const error& e) {
  std::cerr << e.text << '\n';
  return exit_code::configuration;
}

exit_code make(make_arguments& given) {
  if (given.token.user.empty()) return usage("--user is required");
  if (given.expires == "never") {
    given.token.expires.reset();
  } else {
    const auto lifetime = parse_setting(expires_setting, given.expires);
    if (!lifetime) return usage("--expires " + given.expires + ": " + lifetime.error().text);
    given.token.expires = std::chrono::seconds{std::get<std::int64_t>(*lifetime) / 1000};
  }
  const auto loaded = given.options.load();
  if (!loaded) return misconfigured(loaded.error());
  given.token.keys = key_sources_of(loaded->values);
  given.token.issuer = loaded->values.auth.issuer;
  given.token.audience = loaded->values.auth.audience;
  given.token.now = system_clock_source().now();
  return run_token_make(given.token, std::cout, std::cerr);
}

exit_code verify(verify_arguments& given) {
  const auto loaded = given.options.load();
  if (!loaded) return misconfigured(loaded.error());
  if (given.jwk.empty()) {
    given.token.keys = key_sources_of(loaded->values);
  } else {
    given.token.keys.jwk_file = given.jwk;
  }
  given.token.rules = token_rules_of(loaded->values);
  given.token.now = system_clock_source().now();
  return run_token_verify(given.token, std::cin, std::cout, std::cerr);
}

CLI::App* add_verify(CLI::App& token, command_choice& choice) {
  CLI::App* command = token.add_subcommand("verify", "Say whether a token is good, or why not.");
  command->footer(
      "Exit code 0 for a good token, 1 for a bad one, 3 where there is no key to check it with.\n"
      "\n"
      "examples:\n"
      "  roomlog token verify --data ./data eyJhbGciOi…\n"
      "  roomlog token verify --jwks keys.json - < token.txt\n"
      "  roomlog token verify --jwk key.json --signature-only eyJhbGciOi…");
  const auto given = std::make_shared<verify_arguments>();
  given->options.add_to(*command, flags);
  CLI::Option* jwk = command->add_option("--jwk", given->jwk, "The key, a JSON Web Key.");
  command->add_option("--jwks", given->jwk, "The keys, a set of JSON Web Keys.")->excludes(jwk);
  command->add_flag("--signature-only", given->token.signature_only,
                    "Check form and signature, not the claims.");
  command->add_flag("--json", given->token.json, "JSON on stdout.");
  command->add_option("TOKEN", given->token.token, "The token, or - for the first line of stdin.")
      ->required();
  command->callback([given, &choice] { choice.run = [given] { return verify(*given); }; });
  return command;
}

}  // namespace

void add_token_command(CLI::App& root, command_choice& choice) {
  CLI::App* command = root.add_subcommand("token", "Make a token, or check one.");
  command->footer(
      "Signed with the server's key: the one that is configured, else that of its data directory.\n"
      "\n"
      "examples:\n"
      "  roomlog token --user ann --name Ann --data ./data\n"
      "  roomlog token --user bot --scope unlimited --expires 30d --data ./data\n"
      "  roomlog token verify --data ./data eyJhbGciOi…");
  const auto given = std::make_shared<make_arguments>();
  given->options.add_to(*command, flags);
  command->add_option("--user", given->token.user, "Whom it speaks for.");
  command->add_option("--name", given->token.name, "What others are shown.");
  command->add_option("--device", given->token.device, "Which of the user's devices.");
  command->add_option("--tenant", given->token.tenant, "Default default.");
  command->add_option("--scope", given->token.scope,
                      "Space-separated: admin, audit, unlimited (no rate limits).");
  command->add_option("--expires", given->expires, "Lifetime, or never. Default 1h.");
  command->add_flag("--json", given->token.json, "JSON on stdout.");
  const CLI::App* verifying = add_verify(*command, choice);
  command->callback([given, verifying, &choice] {
    if (verifying->parsed()) return;
    choice.run = [given] { return make(*given); };
  });
}

}  // namespace roomlog
