// Arbitrary values for property tests.
#pragma once

#include <rapidcheck.h>

#include <list>
#include <string>

#include "schemas/records/event.h"

namespace roomlog::testing {

// UTF-8 of the code point as RFC 3629 writes it; surrogates and numbers past U+10FFFF too, so that
// tests can make what must be refused.
std::string utf8_of(std::uint32_t code_point);

// Valid UTF-8 of up to 40 code points from all lengths of encoding; often ASCII, often empty.
rc::Gen<std::string> arbitrary_text();

// An event of arbitrary envelope, body and content, with what it borrows from.
struct owned_event {
  std::shared_ptr<std::list<std::string>> texts;
  event ev;
};
rc::Gen<owned_event> arbitrary_event();

}  // namespace roomlog::testing
