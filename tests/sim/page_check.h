// Pages of history against the log: no entry missing or doubled, each shown as it stands.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <boost/json.hpp>

#include "tests/sim/oracle.h"

namespace roomlog::sim {

// Of a page that was asked for with `after_seq` and without a filter. Empty, or what is wrong.
// `at_rest`: nobody writes, so the page must show what stands now.
std::string page_problem(const oracle::room& in, std::uint64_t after,
                         const boost::json::object& page, bool at_rest);
// Empty, or what is wrong with the list of a user's rooms, at rest.
std::string rooms_problem(const std::map<std::string, oracle::room>& all, const std::string& user,
                          const boost::json::object& list);
// Empty, or what is wrong with the list of members, at rest.
std::string members_problem(const oracle::room& in, const boost::json::object& list);

}  // namespace roomlog::sim
