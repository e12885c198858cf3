#include "app/config/settings_text.h"

#include <algorithm>

#include "app/config/config_environment.h"
#include "app/config/config_text.h"
#include "app/config/setting_value.h"
#include "schemas/text/json_writer.h"

namespace roomlog {
namespace {

constexpr std::size_t line_width = 98;

std::string_view section_of(const setting& s) {
  return s.name.substr(0, s.name.find('.'));
}
std::string_view key_of(const setting& s) {
  return s.name.substr(s.name.find('.') + 1);
}

const char* kind_name(setting_kind kind) {
  switch (kind) {
    case setting_kind::text:
      return "text";
    case setting_kind::path:
      return "path";
    case setting_kind::endpoint:
      return "address";
    case setting_kind::choice:
      return "choice";
    case setting_kind::integer:
      return "number";
    case setting_kind::bytes:
      return "size";
    case setting_kind::duration:
      return "duration";
    case setting_kind::boolean:
      return "true or false";
    case setting_kind::list:
      return "list";
    case setting_kind::ranges:
      return "numbers";
    case setting_kind::addresses:
      return "addresses";
    case setting_kind::secret:
      return "secret";
  }
  return "";
}

void append_wrapped(std::string& out, std::string_view prefix, std::string_view text) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (column == 0 || column + 1 + word.size() > line_width) {
      if (column != 0) out += '\n';
      out += prefix;
      column = prefix.size();
    }
    out += ' ';
    out += word;
    column += 1 + word.size();
  }
  out += '\n';
}

bool holds_properties(std::string_view section) {
  return !section.empty() && property_table().name.starts_with(std::string(section) + '.');
}

void append_property_table(std::string& out) {
  out += '\n';
  append_wrapped(out, "#", property_table().help);
  out += '[' + std::string(property_table().name) + "]\n";
  out += "#\"security.protocol\" = \"SASL_SSL\"\n";
}

std::string markdown_row(const setting& s) {
  std::string out = "| `" + std::string(s.name) + "` | " + kind_name(s.kind);
  if (const std::string range = describe_range(s);
      !range.empty() && s.kind != setting_kind::boolean) {
    out += ": " + range;
  }
  out += " | ";
  if (const std::string text = default_text(s); !text.empty()) out += "`" + text + "`";
  out += " | " + std::string(s.help);
  if (!s.flag.empty()) out += " Flag `" + std::string(s.flag) + "`.";
  return out + " |\n";
}

constexpr std::string_view markdown_head =
    R"(# Configuration

<!-- Written by `roomlog config reference`; a test compares the two. -->

Every setting has a default, and `roomlog serve` without any is a working server. Later sources win over earlier ones:

1. the defaults below
2. the TOML file of `--config FILE`
3. the environment: `ROOMLOG_SECTION__KEY`, as in `ROOMLOG_LIMITS__USER_PER_SECOND=0`
4. flags: those named below, and `--set section.key=value` for every setting

A name that is not in this table is an error, in the file and in the environment (whatever begins with `ROOMLOG_`, but for
what Kubernetes sets for a Service): it is answered with the nearest name and the line. So is everything else in the file
that is no setting: an array of tables, a date, a table in the place of a value. The file is UTF-8. Sizes have the units `B`, `KiB`, `MiB` and `GiB`, durations `ms`, `s`,
`m`, `h` and `d` (`"64KiB"`, `"1500ms"`); a bare number is taken as bytes where the name ends in `_bytes`, as
milliseconds where it ends in `_ms`, and 0 needs no unit. A list is written `["a", "b"]` in the file and `a,b` elsewhere.
Secrets are better given as files (`…_file`); `config show`
hides them.

    roomlog config default > roomlog.toml       # a file with every setting, commented out
    roomlog config check --config roomlog.toml  # exit code 3 and one line for each mistake
    roomlog config show --config roomlog.toml   # what is in force, and where each value came from
)";

}  // namespace

std::string default_config_file() {
  std::string out =
      "# Settings of `roomlog serve --config FILE`. Every line that is commented out is the "
      "default.\n";
  std::string_view section;
  for (const setting& s : all_settings()) {
    if (section_of(s) != section) {
      if (holds_properties(section)) append_property_table(out);
      section = section_of(s);
      const auto about = std::ranges::find(all_sections(), section, &setting_section::name);
      out += "\n";
      append_wrapped(out, "#", about->help);
      out += "[" + std::string(section) + "]\n";
    }
    out += '\n';
    append_wrapped(out, "#", s.help);
    if (const std::string range = describe_range(s); !range.empty()) out += "# " + range + '\n';
    out += "#" + std::string(key_of(s)) + " = " + toml_value(s, default_text(s)) + '\n';
  }
  return out;
}

std::string settings_as_json() {
  std::string out = "[";
  for (const setting& s : all_settings()) {
    if (out.size() > 1) out += ',';
    json_object object(out);
    object.field("name", s.name);
    object.field("kind", kind_name(s.kind));
    object.field("default", default_text(s));
    object.field("range", describe_range(s));
    object.field("flag", s.flag);
    object.field("environment", environment_name(s.name));
    object.field("help", s.help);
    object.close();
  }
  return out + "]\n";
}

std::string settings_as_markdown() {
  std::string out(markdown_head);
  std::string_view section;
  for (const setting& s : all_settings()) {
    if (section_of(s) != section) {
      if (holds_properties(section)) {
        out += "\n### " + std::string(property_table().name) + "\n\n" +
               std::string(property_table().help) + '\n';
      }
      section = section_of(s);
      const auto about = std::ranges::find(all_sections(), section, &setting_section::name);
      out += "\n## " + std::string(section) + "\n\n" + std::string(about->help) +
             "\n\n| setting | kind | default | |\n|---|---|---|---|\n";
    }
    out += markdown_row(s);
  }
  return out;
}

}  // namespace roomlog
