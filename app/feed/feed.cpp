#include "app/feed/feed.h"

#include <ostream>

#include "app/feed/feed_plan.h"
#include "app/feed/feed_summary.h"
#include "app/feed/feeder.h"
#include "ingress/auth/keyring.h"
#include "log/base/posix_file.h"
#include "schemas/text/text_encoding.h"

namespace roomlog {
namespace {

result<key_ptr> signing_key(const feed_options& options) {
  key_sources sources;
  sources.data_dir = options.data_dir;
  if (!options.key_file.empty()) {
    auto bytes = read_file(options.key_file);
    if (!bytes) return bytes.error();
    const auto text = secret_without_mark(*bytes, options.key_file.string());
    if (!text) return text.error();
    const auto first = text->find_first_not_of(" \t\r\n");
    const bool is_jwk = first != text->npos && (*text)[first] == '{';
    (is_jwk ? sources.jwk_file : sources.hmac_secret_file) = options.key_file;
  }
  const auto keys = keyring::load(sources, own_secret::must_exist);
  if (!keys) return keys.error();
  if (keys->signing_key() == nullptr) {
    return error{errc::invalid,
                 "none of the keys can sign tokens; feed needs a secret or a private key"};
  }
  return keys->signing_key();
}

exit_code refused(std::ostream& err, const error& why) {
  err << "roomlog: " << why.text << '\n';
  return exit_code::configuration;
}

}  // namespace

exit_code run_feed(const feed_options& options, std::ostream& out, std::ostream& err) {
  auto target = client::parse_target(options.url);
  if (!target) return refused(err, target.error());
  auto key = signing_key(options);
  if (!key) return refused(err, key.error());
  auto plan = make_feed_plan(options.files);
  if (!plan) return refused(err, plan.error());
  feeder run(options, *plan, std::move(*target), std::move(*key), err);
  const exit_code code = run.run();
  if (options.json) {
    print_json(run.report(), out);
  } else {
    print_for_people(run.report(), out);
  }
  if (!run.report().stopped.empty()) err << "roomlog: " << run.report().stopped << '\n';
  return code;
}

}  // namespace roomlog
