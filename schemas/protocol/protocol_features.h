// What a server may serve beyond the core of the protocol (docs/protocol.md §2, `hello.features`).
// Each can be switched off alone, by the setting features.NAME; its commands are `unknown_type` then.
#pragma once

#include <string_view>

namespace roomlog {

struct protocol_features {
  bool edits = true;      // edit, delete
  bool reactions = true;  // react
};

// Calls visit(name, member pointer) for each, in the order of `hello`.
template <class Visit>
void for_each_feature(Visit visit) {
  visit(std::string_view("edits"), &protocol_features::edits);
  visit(std::string_view("reactions"), &protocol_features::reactions);
}

}  // namespace roomlog
