// The settings of what is served, of what messages may hold, and of what operators read.
#include <array>

#include "app/config/settings_tables.h"

namespace roomlog {
namespace {

using kind = setting_kind;
using namespace setting_units;

constexpr std::array table{
    setting{ROOMLOG_SETTING(features.edits), .kind = kind::boolean,
            .help = "Whether edit and delete are taken; else they are unknown_type."},
    setting{ROOMLOG_SETTING(features.reactions), .kind = kind::boolean,
            .help = "Whether react is taken; else it is unknown_type."},
    setting{ROOMLOG_SETTING(content.prohibited_words_file), .kind = kind::path,
            .help =
                "File with one word a line that messages may not hold, compared without case as "
                "whole words; a # at the beginning of a line or behind a blank begins a comment. "
                "Empty: none."},
    setting{ROOMLOG_SETTING(diagnostics.level), .kind = kind::choice,
            .help = "The least severe lines that are written.", .choices = "debug info warn error"},
    setting{ROOMLOG_SETTING(diagnostics.format), .kind = kind::choice,
            .help = "text for people, json with one object a line for machines.",
            .choices = "text json"},
};

}  // namespace

std::span<const setting> content_settings() {
  return table;
}

}  // namespace roomlog
