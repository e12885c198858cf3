// Every shape that TOML has, in every place of the file: it is a setting, or an error that names
// the line. Nothing that stands in a file may silently be the default.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "app/config/config_loader.h"
#include "app/config/setting_value.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

// What no setting and no section takes.
constexpr const char* unfit_values[] = {"[[]]",
                                        "[1, [2]]",
                                        "[[[[[]]]]]",
                                        "[{a = 1}]",
                                        "[{}]",
                                        "[\"\"]",
                                        "[\"\", \"x\"]",
                                        "[1.5]",
                                        "[2020-01-01]",
                                        "1.5",
                                        "inf",
                                        "nan",
                                        "2020-01-01",
                                        "2020-01-01T00:00:00Z",
                                        "2020-01-01T00:00:00",
                                        "07:32:00",
                                        "{a = 1}",
                                        "{a.b.c = []}"};

class config_shapes_test : public ::testing::Test {
 protected:
  std::filesystem::path path() const { return directory_.path() / "roomlog.toml"; }
  result<effective_config> load(const std::string& text) const {
    std::ofstream(path(), std::ios::binary) << text;
    return load_config({path(), {}, {}});
  }
  // That the file is refused, with this line and this name.
  void refuses(const std::string& text, int line, std::string_view name) const {
    const auto loaded = load(text);
    ASSERT_FALSE(loaded) << text;
    const std::string& why = loaded.error().text;
    EXPECT_NE(why.find(path().string() + ":" + std::to_string(line) + ": "), why.npos)
        << text << why;
    EXPECT_NE(why.find(name), why.npos) << text << why;
  }
  static bool is_list(const setting& s) {
    return s.kind == setting_kind::list || s.kind == setting_kind::ranges ||
           s.kind == setting_kind::addresses;
  }

  temporary_directory directory_;
};

struct spelled {
  std::string section, key;
};
spelled parts_of(std::string_view name) {
  const auto dot = name.rfind('.');
  return {std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

// All settings in one file, each given as `spell` spells it (a text of whole lines, of which the
// last one is the setting's); every one of them must be refused with its line.
template <class Spell, class Wanted>
void refuses_each(const std::filesystem::path& path, Spell spell, Wanted wanted) {
  std::string text;
  std::vector<std::string> places;
  for (const setting& s : all_settings()) {
    if (!wanted(s)) continue;
    text += spell(s);
    const auto line = std::ranges::count(text, '\n');
    places.push_back(path.string() + ":" + std::to_string(line) + ": " + std::string(s.name) + " ");
  }
  std::ofstream(path, std::ios::binary) << text;
  const auto loaded = load_config({path, {}, {}});
  ASSERT_FALSE(loaded) << text;
  for (const std::string& place : places) {
    EXPECT_NE(loaded.error().text.find(place), std::string::npos) << place << "\n" << text;
  }
}

TEST_F(config_shapes_test, no_setting_takes_a_shape_that_is_no_value) {
  const auto all = [](const setting&) { return true; };
  const auto dotted = [](const setting& s, const std::string& value) {
    return "\n# x\n" + std::string(s.name) + " = " + value + "\n";
  };
  for (const std::string value : unfit_values) {
    if (value.starts_with('{')) continue;  // a setting below the setting: see the next test
    refuses_each(
        path(), [&](const setting& s) { return dotted(s, value); }, all);
  }
  refuses_each(
      path(), [&](const setting& s) { return dotted(s, "{}"); }, all);
  for (const char* list : {"[]", "[1, 2]", "[true]"}) {
    refuses_each(
        path(), [&](const setting& s) { return dotted(s, list); },
        [&](const setting& s) { return !is_list(s); });
  }
  for (const char* below : {"", "x = 1\n"}) {
    const auto array = [&](const setting& s) {
      return below + std::string("\n[[") + std::string(s.name) + "]]\n";
    };
    refuses_each(path(), array, all);
  }
  refuses_each(
      path(), [](const setting& s) { return "\n[" + std::string(s.name) + "]\n"; }, all);
}

TEST_F(config_shapes_test, every_spelling_of_a_place_is_the_same_place) {
  for (const std::string value : {"[[]]", "1.5", "2020-01-01", "{}", "{a = 1}", "[{}]"}) {
    for (const std::string_view name : {"limits.user_per_second", "server.roles", "log.engine",
                                        "fold.partitions", "auth.hmac_secret", "data.dir"}) {
      const auto [section, key] = parts_of(name);
      const std::string one = key + " = " + value;
      refuses("[" + section + "]\n\n" + one + "\n", 3, name);
      refuses("\n" + section + "." + one + "\n", 2, name);
      refuses("\n\n\n" + section + " = {" + one + "}\n", 4, name);
      refuses("[\"" + section + "\"]\r\n'" + key + "' = " + value + "\r\n", 2, name);
    }
  }
}

TEST_F(config_shapes_test, no_section_takes_a_shape_that_is_no_table) {
  std::vector<std::string> names{"kafka.properties"};
  for (const setting_section& s : all_sections()) names.emplace_back(s.name);
  for (const std::string& name : names) {
    for (const std::string value : unfit_values) {
      if (name == "kafka.properties" && value == "{a = 1}") continue;  // any name is a property
      refuses("\n" + name + " = " + value + "\n", 2, name);
    }
    for (const char* value : {"[]", "[1]", "1", "true", "\"x\""}) {
      refuses("\n" + name + " = " + value + "\n", 2, name + " must be a table, as in [");
    }
    refuses("[[" + name + "]]\n", 1,
            name + " must be a table, as in [" + name + "], and is an array");
    refuses("[[" + name + "]]\nx = 1\n\n[[" + name + "]]\ny = 1\n", 1, name);
    refuses("[" + name + "]\n[" + name + "]\n", 2, name);
    EXPECT_TRUE(load("[" + name + "]\n")) << name;
    EXPECT_TRUE(load(name + " = {}\n")) << name;
  }
}

TEST_F(config_shapes_test, each_of_several_arrays_of_tables_is_named_with_its_line) {
  const std::string text =
      "[[limits]]\nuser_per_second = 5\nno_such_name = 1\n\n[[auth]]\nissuer = \"https://id\"\n";
  refuses(text, 1, "limits must be a table");
  refuses(text, 5, "auth must be a table");
}

TEST_F(config_shapes_test, no_property_takes_a_shape_that_is_no_value) {
  for (const std::string value : unfit_values) {
    if (value.starts_with('{')) continue;  // the dots of a name, written otherwise
    refuses("[kafka.properties]\nlinger.ms = " + value + "\n", 2, "kafka.properties.linger.ms");
  }
  refuses("[kafka.properties]\nlinger = {}\n", 2, "kafka.properties.linger");
  refuses("[kafka.properties.linger]\n", 1, "kafka.properties.linger");
  refuses("[[kafka.properties.linger]]\nms = 1\n", 1, "kafka.properties.linger");
  refuses("[kafka.properties]\n\"\" = 1\n", 2, "kafka.properties.\"\"");
}

TEST_F(config_shapes_test, names_that_are_none_are_shown_so_that_one_can_find_them) {
  refuses("\"\" = 1\n", 1, "unknown setting \"\"");
  refuses("[limits]\n\"\" = 1\n", 2, "unknown setting limits.\"\"");
  refuses("[\"\"]\n", 1, "unknown setting \"\"");
  refuses("[limits.\"\"]\nx = 1\n", 2, "unknown setting limits.\"\".x");
  refuses("\"a\\nb\" = 1\n", 1, "unknown setting \"a\\nb\"");
  refuses("user_per_second = 1\n", 1, "unknown setting user_per_second");
  refuses("[Limits]\nuser_per_second = 1\n", 2, "unknown setting Limits.user_per_second");
  refuses("[[serverr]]\n", 1, "unknown setting serverr");
  for (const std::string value : unfit_values)
    refuses("x = " + value + "\n", 1, "unknown setting x");
}

TEST_F(config_shapes_test, what_is_given_twice_in_two_spellings_is_refused) {
  refuses("\"limits.user_per_second\" = 7\n[limits]\nuser_per_second = 5\n", 3,
          "limits.user_per_second is given twice");
  refuses("[kafka.properties]\n\"linger.ms\" = 1\nlinger.ms = 2\n", 3, "is given twice");
  std::ofstream(directory_.path() / "secret") << "x";
  refuses("[kafka.properties]\n\"sasl.password\" = \"a\"\n\"sasl.password_file\" = \"" +
              (directory_.path() / "secret").string() + "\"\n",
          3, "is given twice");
  refuses("[limits]\nuser_per_second = 1\nuser_per_second = 2\n", 3, "user_per_second");
}

TEST_F(config_shapes_test, very_deep_nesting_is_an_error_of_its_line) {
  const auto times = [](const std::string& one, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += one;
    return out;
  };
  constexpr int deep = 100'000;
  refuses("\n" + times("a.", deep) + "a = 1\n", 2, "dots");
  refuses("\n[" + times("a.", deep) + "a]\n", 2, "dots");
  refuses("\nx = {" + times("a.", deep) + "a = 1}\n", 2, "dots");
  refuses("\nx = " + times("[", deep) + times("]", deep) + "\n", 2, "invalid TOML");
  refuses("\nx = " + times("{a = ", deep) + "1" + times("}", deep) + "\n", 2, "invalid TOML");
  refuses(times("a.", 1000) + "a = 1\n", 1, "unknown setting a.a.");
  EXPECT_TRUE(load("#" + times(".", 2000) + "\n[limits]\n"));
}

// The same over files made at random: a file that is taken gives each of its settings, with its
// line, and a file with an unfit shape in it is not taken.
TEST_F(config_shapes_test, a_file_is_refused_or_gives_everything_that_stands_in_it) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  const auto below = [&](std::size_t n) { return random() % n; };
  int taken = 0;
  for (int round = 0; round < 300; ++round) {
    std::string text;
    std::vector<std::pair<std::string, int>> given;
    bool fit = true;
    int line = 0;
    std::vector<std::size_t> used;
    for (std::size_t n = 1 + below(4); n > 0; --n) {
      const std::size_t index = below(all_settings().size());
      if (std::ranges::find(used, index) != used.end()) continue;
      used.push_back(index);
      const setting& s = all_settings()[index];
      if (s.kind == setting_kind::path || s.kind == setting_kind::secret) continue;
      std::string value = "\"" + default_text(s) + "\"";
      if (below(8) == 0) {
        value = unfit_values[below(std::size(unfit_values))];
        fit = false;
      }
      for (std::size_t blank = below(3); blank > 0; --blank, ++line) text += "\n";
      text += std::string(s.name) + " = " + value + (below(2) == 0 ? "\n" : "\r\n");
      given.emplace_back(s.name, ++line);
    }
    const auto loaded = load(text);
    ASSERT_EQ(loaded.has_value(), fit) << text << (loaded ? "" : loaded.error().text);
    if (!loaded) continue;
    ++taken;
    for (const auto& [name, at] : given) {
      EXPECT_EQ(loaded->source_of(name), path().string() + ":" + std::to_string(at)) << text;
    }
  }
  EXPECT_GT(taken, 30);
}

TEST_F(config_shapes_test, a_byte_order_mark_and_line_ends_of_other_systems_are_taken) {
  const auto loaded = load("\xEF\xBB\xBF[limits]\r\nuser_per_second = 5\r\n");
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->values.limits.user_per_second, 5u);
  EXPECT_EQ(loaded->source_of("limits.user_per_second"), path().string() + ":2");
  const auto wide = load(std::string("\xFF\xFE[\0l\0i\0", 8));
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().text,
            path().string() + " is encoded in UTF-16 or UTF-32; save it as UTF-8");
}

}  // namespace
}  // namespace roomlog::testing
