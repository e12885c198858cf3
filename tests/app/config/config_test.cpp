// Every source of the configuration, which one wins, and what is said of mistakes.
#include "app/config/config_loader.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/config/config_environment.h"
#include "app/config/config_text.h"
#include "app/config/setting_value.h"
#include "app/serve/server_rules.h"
#include "projections/views/view_registry.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

class config_test : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) {
    const auto path = directory_.path() / "roomlog.toml";
    std::ofstream(path) << text;
    return path;
  }
  std::string problems(const config_sources& from) {
    auto loaded = load_config(from);
    if (loaded) return "";
    EXPECT_EQ(loaded.error().code, errc::invalid) << loaded.error().text;
    return loaded.error().text;
  }
  config_sources file(const std::string& text) { return {write(text), {}, {}}; }
  static config_sources environment(std::string name, std::string value) {
    return {{}, {{std::move(name), std::move(value)}}, {}};
  }
  static config_sources set(std::string name, std::string value) {
    return {{}, {}, {{"--set", std::move(name), std::move(value)}}};
  }

  temporary_directory directory_;
};

TEST_F(config_test, every_default_is_a_good_value_of_its_setting) {
  const auto loaded = load_config({});
  ASSERT_TRUE(loaded) << loaded.error().text;
  for (const setting& s : all_settings()) {
    EXPECT_EQ(loaded->source_of(s.name), "default") << s.name;
    const auto read_back = parse_setting(s, default_text(s));
    ASSERT_TRUE(read_back) << s.name << ": " << read_back.error().text;
    EXPECT_EQ(*read_back, s.read(config{})) << s.name;
    EXPECT_FALSE(s.help.empty()) << s.name;
  }
}

// A value that is other than the default for each setting, as its row allows it.
std::string another_value(const setting& s) {
  switch (s.kind) {
    case setting_kind::integer:
    case setting_kind::bytes:
    case setting_kind::duration:
      return format_setting(s, std::get<std::int64_t>(s.read(config{})) == s.max ? s.min : s.max);
    case setting_kind::boolean:
      return default_text(s) == "true" ? "false" : "true";
    case setting_kind::choice:
      return std::string(s.choices.substr(s.choices.rfind(' ') + 1));
    case setting_kind::list:
      return std::string(s.choices.substr(0, s.choices.find(' ')));
    case setting_kind::ranges:
      return "0-3,7";
    case setting_kind::addresses:
      return "10.0.0.0/8,2001:db8::7";
    case setting_kind::endpoint:
      return "[::1]:65535";
    default:
      return "x";
  }
}

TEST_F(config_test, a_value_that_is_written_to_a_setting_changes_its_own_member_only) {
  for (const setting& s : all_settings()) {
    const auto value = parse_setting(s, another_value(s));
    ASSERT_TRUE(value) << s.name << ": " << value.error().text;
    config changed;
    s.write(changed, *value);
    EXPECT_EQ(s.read(changed), *value) << s.name << " does not hold every value of its range";
    for (const setting& other : all_settings()) {
      if (&other == &s) continue;
      EXPECT_EQ(other.read(changed), other.read(config{})) << s.name << " changes " << other.name;
    }
  }
}

TEST_F(config_test, a_choice_is_the_value_of_its_enumeration_with_the_same_name) {
  const auto with = [](const char* name, const char* value) {
    return load_config(set(name, value)).value().values;
  };
  EXPECT_EQ(with("log.engine", "embedded").log.engine, log_engine::embedded);
  EXPECT_EQ(with("log.engine", "memory").log.engine, log_engine::memory);
  EXPECT_EQ(with("log.engine", "kafka").log.engine, log_engine::kafka);
  for (const char* level : {"debug", "info", "warn", "error"}) {
    EXPECT_EQ(with("diagnostics.level", level).diagnostics.level, diagnostics::parse_level(level));
  }
  EXPECT_EQ(with("diagnostics.format", "text").diagnostics.format, diagnostics::format::text);
  EXPECT_EQ(with("diagnostics.format", "json").diagnostics.format, diagnostics::format::json);
}

TEST_F(config_test, later_sources_win_and_each_value_knows_its_source) {
  const auto path = write("[limits]\nuser_per_second = 1\nuser_per_minute = 2\nconnections = 3\n");
  const auto loaded = load_config({path,
                                   {{"ROOMLOG_LIMITS__USER_PER_MINUTE", "20"},
                                    {"ROOMLOG_LIMITS__CONNECTIONS", "30"},
                                    {"HOME", "/root"}},
                                   {{"--set", "limits.connections", "300"}}});
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->values.limits.user_per_second, 1u);
  EXPECT_EQ(loaded->source_of("limits.user_per_second"), path.string() + ":2");
  EXPECT_EQ(loaded->values.limits.user_per_minute, 20u);
  EXPECT_EQ(loaded->source_of("limits.user_per_minute"),
            "environment ROOMLOG_LIMITS__USER_PER_MINUTE");
  EXPECT_EQ(loaded->values.limits.connections, 300u);
  EXPECT_EQ(loaded->source_of("limits.connections"), "flag --set");
}

TEST_F(config_test, every_setting_can_be_given_by_its_environment_name) {
  config_sources from;
  for (const setting& s : all_settings()) {
    from.environment.emplace_back(environment_name(s.name), default_text(s));
  }
  const auto loaded = load_config(from);
  ASSERT_TRUE(loaded) << loaded.error().text;
  for (const setting& s : all_settings()) {
    EXPECT_EQ(loaded->source_of(s.name), "environment " + environment_name(s.name));
  }
}

TEST_F(config_test, zero_in_the_environment_means_no_rate_limit) {
  EXPECT_EQ(load_config(environment("ROOMLOG_LIMITS__USER_PER_SECOND", "0"))
                ->values.limits.user_per_second,
            0u);
}

TEST_F(config_test, an_unknown_key_in_the_file_is_named_with_its_line_and_the_nearest) {
  const auto from = file("[limits]\n\nuser_per_secnd = 1\n");
  EXPECT_EQ(problems(from), from.file.string() +
                                ":3: unknown setting limits.user_per_secnd; the nearest is "
                                "limits.user_per_second");
}

TEST_F(config_test, an_unknown_section_and_a_key_outside_of_sections_are_named) {
  const auto text =
      problems(file("listen = \"x\"\n[serverr]\nlisten = \"127.0.0.1:1\"\n[nothing]\n"));
  EXPECT_NE(text.find(":1: unknown setting listen"), std::string::npos) << text;
  EXPECT_NE(text.find(":3: unknown setting serverr.listen; the nearest is server.listen"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(":4: unknown setting nothing"), std::string::npos) << text;
}

TEST_F(config_test, an_unknown_name_in_the_environment_is_named_with_the_nearest) {
  EXPECT_EQ(problems(environment("ROOMLOG_SERVER__LISTN", "x")),
            "environment ROOMLOG_SERVER__LISTN: unknown setting server.listn; the nearest is "
            "server.listen");
}

TEST_F(config_test, an_empty_name_is_shown_as_one) {
  EXPECT_EQ(problems(set("", "x")), "flag --set: unknown setting \"\"");
  EXPECT_EQ(problems(environment("ROOMLOG_", "x")), "environment ROOMLOG_: unknown setting \"\"");
}

TEST_F(config_test, an_unknown_name_in_a_flag_is_named) {
  EXPECT_EQ(problems(set("log.engin", "memory")),
            "flag --set: unknown setting log.engin; the nearest is log.engine");
}

TEST_F(config_test, all_mistakes_are_told_at_once) {
  const auto text = problems(file("[limits]\nuser_per_second = -1\nframe_bytes = \"5 parsecs\"\n"));
  EXPECT_NE(text.find(":2: limits.user_per_second = \"-1\": must be from 0 to 1000000"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(":3: limits.frame_bytes = \"5 parsecs\": a size needs a unit"),
            std::string::npos)
      << text;
}

TEST_F(config_test, values_of_other_kinds_are_refused_with_line) {
  const auto text = problems(
      file("[limits]\nuser_per_second = [1]\nconnections = 1.5\n[server.listen]\na = 1\n"));
  EXPECT_NE(text.find(":2: limits.user_per_second must be a string, a number"), std::string::npos)
      << text;
  EXPECT_NE(text.find(":3: limits.connections must be a string, a number"), std::string::npos)
      << text;
  EXPECT_NE(text.find(":5: unknown setting server.listen.a"), std::string::npos) << text;
}

TEST_F(config_test, a_list_is_an_array_in_the_file_and_comma_separated_elsewhere) {
  const auto from =
      load_config(file("[server]\nroles = [\"pusher\", \"ingress\"]\n"
                       "[fold]\nviews = []\npartitions = [7, \"0-3\"]\n"));
  ASSERT_TRUE(from) << from.error().text;
  EXPECT_EQ(from->values.server.roles, (std::vector<std::string>{"pusher", "ingress"}));
  EXPECT_TRUE(from->values.fold.views.empty());
  EXPECT_EQ(numbers_in(from->values.fold.partitions), (std::vector<std::uint32_t>{0, 1, 2, 3, 7}));
  const auto set_once = load_config(set("server.roles", "ingress, pusher"));
  ASSERT_TRUE(set_once) << set_once.error().text;
  EXPECT_EQ(text_of(*find_setting("server.roles"), set_once->values), "ingress,pusher");
}

TEST_F(config_test, every_view_there_is_can_be_named_and_no_other) {
  std::string names;
  for (const auto& view : all_views()) (names += names.empty() ? "" : ",") += view.name;
  const auto from = load_config(set("fold.views", names));
  ASSERT_TRUE(from) << from.error().text;
  EXPECT_EQ(from->values.fold.views.size(), all_views().size());
  EXPECT_NE(problems(set("fold.views", names + ",receipts")).find("must be any of"),
            std::string::npos);
}

TEST_F(config_test, items_that_a_list_does_not_know_are_refused) {
  EXPECT_EQ(problems(set("server.roles", "ingress,puscher")),
            "flag --set: server.roles = \"ingress,puscher\": must be any of ingress, pusher or "
            "projector");
  EXPECT_EQ(problems(set("server.roles", "pusher,pusher")),
            "flag --set: server.roles = \"pusher,pusher\": names pusher twice");
  for (const char* text : {"x", "3-1", "1-", "1,,2", "-3", "70000"}) {
    EXPECT_NE(problems(set("fold.partitions", text)).find("must be numbers and ranges"),
              std::string::npos)
        << text;
  }
}

TEST_F(config_test, kafka_properties_come_from_every_source_under_their_own_names) {
  auto from = file(
      "[kafka.properties]\n\"sasl.password\" = \"abc\"\nsocket.keepalive.enable = "
      "true\nlinger.ms = 1\n");
  from.environment = {{"ROOMLOG_KAFKA__PROPERTIES__SASL_USERNAME", "ann"},
                      {"ROOMLOG_KAFKA__PROPERTIES__LINGER_MS", "0"}};
  from.flags = {{"--set", "kafka.properties.client.rack", "r1"}};
  const auto loaded = load_config(from);
  ASSERT_TRUE(loaded) << loaded.error().text;
  std::string all;
  for (const auto& [name, value] : loaded->values.kafka.properties) {
    all += name + '=' + value + ' ';
  }
  EXPECT_EQ(all,
            "client.rack=r1 linger.ms=0 sasl.password=abc sasl.username=ann "
            "socket.keepalive.enable=true ");
  EXPECT_EQ(loaded->source_of("kafka.properties.sasl.password"), from.file.string() + ":2");
  const std::string shown = config_as_text(*loaded) + config_as_json(*loaded);
  EXPECT_EQ(shown.find("abc"), std::string::npos) << "a password is shown";
  EXPECT_NE(shown.find("kafka.properties.sasl.password = \"(hidden)\""), std::string::npos);
  EXPECT_NE(shown.find("kafka.properties.sasl.username = \"ann\""), std::string::npos);
}

TEST_F(config_test, a_kafka_property_can_stand_in_a_file_of_its_own) {
  const auto secret = directory_.path() / "password";
  std::ofstream(secret) << "\xEF\xBB\xBFs3cret\r\n";
  const auto loaded =
      load_config(environment("ROOMLOG_KAFKA__PROPERTIES__SASL_PASSWORD_FILE", secret.string()));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->values.kafka.properties.at("sasl.password"), "s3cret");
  EXPECT_EQ(problems(set("kafka.properties.ssl.key.pem_file", "/no/such")),
            "flag --set: kafka.properties.ssl.key.pem_file: cannot open /no/such: No such file "
            "or directory");
}

TEST_F(config_test, a_kafka_property_is_a_single_value_with_a_name) {
  EXPECT_NE(problems(file("[kafka.properties]\nx = [1]\n")).find("kafka.properties.x must be"),
            std::string::npos);
  EXPECT_NE(problems(set("kafka.properties.", "x")).find("must name a property"),
            std::string::npos);
  EXPECT_TRUE(load_config(file("[kafka.properties]\n")));
}

TEST_F(config_test, a_kafka_property_that_a_promise_rests_on_is_refused_before_any_start) {
  const std::string why =
      "kafka.properties.acks cannot be changed: roomlog sets it, its promises rest on it";
  const auto at = file("[kafka.properties]\nlinger.ms = 1\nacks = 1\n");
  EXPECT_EQ(problems(at), at.file.string() + ":3: " + why);
  EXPECT_EQ(problems(set("kafka.properties.acks_file", "/no/such")), "flag --set: " + why);
}

class server_rules_test : public config_test {
 protected:
  using pairs = std::vector<std::pair<std::string, std::string>>;
  static std::string rules_broken(const pairs& given) {
    config_sources from;
    for (const auto& [name, value] : given) from.flags.push_back({"--set", name, value});
    const auto loaded = load_config(from);
    if (!loaded) return "not loaded: " + loaded.error().text;
    const auto fits = check_for_server(*loaded);
    return fits ? "" : fits.error().text;
  }
};

TEST_F(server_rules_test, sensible_servers_pass) {
  const pairs kafka = {{"log.engine", "kafka"}, {"kafka.brokers", "b1:9092"}};
  const auto on_kafka = [&](pairs more) {
    more.insert(more.begin(), kafka.begin(), kafka.end());
    return more;
  };
  EXPECT_EQ(rules_broken({}), "");
  EXPECT_EQ(rules_broken(on_kafka({})), "");
  EXPECT_EQ(rules_broken(on_kafka({{"server.roles", "ingress,pusher"}})), "");
  EXPECT_EQ(rules_broken(on_kafka({{"server.roles", "ingress,pusher"}, {"fold.views", ""}})), "");
  EXPECT_EQ(rules_broken(on_kafka({{"server.roles", "pusher"}})), "");
  EXPECT_EQ(rules_broken(on_kafka({{"server.roles", "projector"}, {"fold.partitions", "0-3"}})),
            "");
}

TEST_F(server_rules_test, combinations_without_sense_name_both_settings) {
  struct broken {
    pairs given;
    const char *one, *other;
  };
  const broken all[] = {
      {{{"log.engine", "kafka"}}, "log.engine", "kafka.brokers"},
      {{{"kafka.brokers", "b:1"}}, "kafka.brokers", "log.engine"},
      {{{"server.roles", "pusher"}}, "server.roles", "log.engine = \"embedded\""},
      {{{"server.roles", "projector"}, {"log.engine", "memory"}},
       "server.roles",
       "log.engine = \"memory\""},
      {{{"server.roles", "ingress"}, {"log.engine", "kafka"}, {"kafka.brokers", "b:1"}},
       "server.roles",
       "pusher"},
      {{{"server.roles", ""}}, "server.roles", "needs a role"},
      {{{"fold.views", ""}}, "fold.views", "server.roles"},
      {{{"fold.views", "rooms"}}, "fold.views", "needs history"},
      {{{"fold.partitions", "0"}}, "fold.partitions", "server.roles"},
      {{{"server.gateway_id", "a b"}}, "server.gateway_id", "0x21"},
  };
  for (const broken& b : all) {
    const std::string text = rules_broken(b.given);
    EXPECT_EQ(text.rfind("flag --set: ", 0), 0u) << text;
    EXPECT_NE(text.find(b.one), std::string::npos) << text;
    EXPECT_NE(text.find(b.other), std::string::npos) << text;
  }
}

TEST_F(config_test, what_is_no_toml_is_refused_with_line) {
  const auto from = file("[limits]\nuser_per_second = = 3\n");
  EXPECT_EQ(problems(from).find(from.file.string() + ":2: invalid TOML: "), 0u);
}

TEST_F(config_test, a_missing_file_is_named) {
  const auto loaded = load_config({directory_.path() / "absent.toml", {}, {}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, errc::not_found);
  EXPECT_NE(loaded.error().text.find("absent.toml"), std::string::npos);
}

TEST_F(config_test, files_that_settings_name_must_be_readable) {
  EXPECT_EQ(problems(set("auth.jwk_file", "/no/such/keys.json")),
            "flag --set: auth.jwk_file = \"/no/such/keys.json\": No such file or directory");
}

TEST_F(config_test, a_directory_is_no_file) {
  const std::string directory = directory_.path().string();
  const auto loaded = load_config({directory, {}, {}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().text, "cannot read " + directory + ": Is a directory");
  EXPECT_EQ(problems(set("kafka.properties.sasl.password_file", directory)),
            "flag --set: kafka.properties.sasl.password_file: cannot read " + directory +
                ": Is a directory");
  EXPECT_EQ(problems(set("auth.jwk_file", directory)),
            "flag --set: auth.jwk_file = \"" + directory + "\": Is a directory");
}

TEST_F(config_test, a_secret_that_is_wrong_is_not_repeated) {
  const auto text = problems(set("auth.hmac_secret", std::string("geh\0eim", 7)));
  EXPECT_NE(text.find("auth.hmac_secret = (hidden): "), std::string::npos) << text;
  EXPECT_EQ(text.find("geh"), std::string::npos) << text;
}

TEST_F(config_test, the_drain_notice_must_fit_into_the_drain) {
  EXPECT_NE(problems(set("server.drain_notice", "10s")).find("must be below server.drain"),
            std::string::npos);
}

TEST_F(config_test, a_leeway_of_broken_seconds_is_refused) {
  for (const char* name : {"auth.leeway", "auth.start_leeway"}) {
    EXPECT_NE(problems(set(name, "1500ms")).find("whole seconds"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace roomlog::testing
