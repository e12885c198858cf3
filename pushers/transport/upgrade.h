// What lists of an upgrade request's head name. Pure.
#pragma once

#include <string>
#include <string_view>

namespace roomlog {

// The token of `Authorization: Bearer …`, else of the sub-protocol `bearer.…`; empty: none.
std::string token_of_upgrade(std::string_view authorization, std::string_view protocols);

// Whether the comma-separated list has this token, compared without case.
bool has_token(std::string_view list, std::string_view token);

// Whether the comma-separated list names `protocol` (RFC 6455 §4.1, case matters).
bool offers_protocol(std::string_view protocols, std::string_view protocol);

}  // namespace roomlog
