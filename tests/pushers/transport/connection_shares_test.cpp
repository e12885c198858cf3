// Who may have how many of the connections, and which address a connection counts for.
#include "pushers/transport/connection_shares.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>

#include "pushers/transport/client_address.h"

namespace roomlog::testing {
namespace {

ip_address address(std::string_view text) {
  return ip_address::parse(text).value();
}

using places = std::deque<std::shared_ptr<connection_place>>;

// Enters until the next one is not served; how many were.
std::size_t fill(connection_shares& shares, places& into, const std::optional<ip_address>& from) {
  for (std::size_t count = 0;; ++count) {
    auto place = shares.enter(from);
    if (!place || !place->served()) return count;
    into.push_back(std::move(place));
  }
}

TEST(connection_shares, one_address_alone_has_half_and_the_next_one_half_of_the_rest) {
  connection_shares shares({.served_max = 100, .told_max = 0, .per_user_max = 1});
  places open;
  EXPECT_EQ(fill(shares, open, address("192.0.2.1")), 50u);
  EXPECT_EQ(fill(shares, open, address("192.0.2.2")), 25u);
  EXPECT_EQ(shares.stats().without_token, 75u);
  EXPECT_EQ(shares.stats().over_address, 2u);
  EXPECT_EQ(shares.stats().turned_away, 2u);
  open.pop_front();
  EXPECT_TRUE(shares.enter(address("192.0.2.3"))->served());
}

TEST(connection_shares, addresses_of_one_ipv6_network_are_one_and_ipv4_over_ipv6_is_ipv4) {
  connection_shares shares({.served_max = 8, .told_max = 0, .per_user_max = 1});
  places open;
  EXPECT_EQ(fill(shares, open, address("2001:db8::1")), 4u);
  EXPECT_FALSE(shares.enter(address("2001:db8::ffff:2")));
  EXPECT_TRUE(shares.enter(address("2001:db8:0:1::1")));
  EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
}

TEST(connection_shares, a_connection_with_a_token_counts_for_its_user_and_leaves_its_address) {
  connection_shares shares({.served_max = 4, .told_max = 0, .per_user_max = 2});
  places open;
  for (const char* user : {"t/ann", "t/ann", "t/bob"}) {
    open.push_back(shares.enter(address("192.0.2.1")));
    ASSERT_TRUE(open.back());
    EXPECT_TRUE(open.back()->become(user));
  }
  EXPECT_EQ(shares.stats().without_token, 0u);
  // The last one is free to whoever comes, and then there is none.
  open.push_back(shares.enter(address("192.0.2.1")));
  ASSERT_TRUE(open.back());
  EXPECT_FALSE(shares.enter(address("192.0.2.9")));
  EXPECT_FALSE(open.back()->become("t/ann"));
  EXPECT_EQ(shares.stats().over_user, 1u);
  open.pop_front();
  EXPECT_TRUE(open.back()->become("t/ann"));
}

TEST(connection_shares, a_place_that_was_left_counts_for_nobody) {
  connection_shares shares({.served_max = 1, .told_max = 0, .per_user_max = 1});
  const auto place = shares.enter(address("192.0.2.1"));
  EXPECT_TRUE(place->become("t/ann"));
  place->leave();
  place->leave();
  EXPECT_TRUE(place->become("t/bob"));  // a token that was checked too late
  EXPECT_TRUE(place->come_from(address("192.0.2.2")));
  const auto next = shares.enter(address("192.0.2.1"));
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->become("t/ann"));
}

TEST(connection_shares, those_to_be_told_are_shared_by_address_too) {
  connection_shares shares({.served_max = 1, .told_max = 4, .per_user_max = 1});
  places open{shares.enter(address("192.0.2.1"))};
  for (int i = 0; i < 2; ++i) {
    open.push_back(shares.enter(address("192.0.2.2")));
    ASSERT_TRUE(open.back());
    EXPECT_FALSE(open.back()->served());
  }
  EXPECT_FALSE(shares.enter(address("192.0.2.2")));
  EXPECT_TRUE(shares.enter(address("192.0.2.3")));
  EXPECT_EQ(shares.stats().told, 3u);
  EXPECT_EQ(shares.stats().turned_away, 1u);
}

TEST(connection_shares, behind_a_proxy_the_address_is_known_with_the_request) {
  connection_shares shares({.served_max = 4, .told_max = 0, .per_user_max = 1});
  places open;
  for (int i = 0; i < 3; ++i) open.push_back(shares.enter(std::nullopt));
  EXPECT_TRUE(open[0]->come_from(address("192.0.2.1")));
  EXPECT_TRUE(open[0]->come_from(address("192.0.2.1")));
  EXPECT_FALSE(open[1]->come_from(address("192.0.2.1")) &&
               open[2]->come_from(address("192.0.2.1")));
  EXPECT_TRUE(open[2]->come_from(address("192.0.2.2")));
  EXPECT_TRUE(open[0]->come_from(address("192.0.2.3")));  // another request
  EXPECT_EQ(shares.stats().over_address, 1u);
  EXPECT_EQ(shares.stats().told, 1u) << "it is told, as those without a place are";
}

RC_GTEST_PROP(connection_shares, keep_count_whatever_comes_and_goes, ()) {
  constexpr std::size_t most = 10, told_most = 3, per_user = 3;
  connection_shares shares({.served_max = most, .told_max = told_most, .per_user_max = per_user});
  places open;
  for (int step = 0; step < 200; ++step) {
    const auto from = address("192.0.2." + std::to_string(*rc::gen::inRange(1, 4)));
    const auto at = open.empty() ? 0 : *rc::gen::inRange<std::size_t>(0, open.size());
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        if (!open.empty()) open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        if (!open.empty() && open[at]->served())
          (void)open[at]->become("t/" + std::to_string(*rc::gen::inRange(0, 3)));
        break;
      case 2:
        if (!open.empty()) (void)open[at]->come_from(from);
        break;
      default:
        if (auto place = shares.enter(from)) open.push_back(std::move(place));
    }
    const auto served = std::ranges::count_if(open, [](const auto& p) { return p->served(); });
    RC_ASSERT(static_cast<std::size_t>(served) <= most);
    RC_ASSERT(open.size() - static_cast<std::size_t>(served) <= told_most);
    RC_ASSERT(shares.stats().without_token <= static_cast<std::size_t>(served));
  }
  open.clear();
  RC_ASSERT(fill(shares, open, std::nullopt) == most);
}

TEST(ip_address, is_read_and_written) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::1", "0.0.0.0"})
    EXPECT_EQ(address(text).text(), text);
  for (const char* text : {"", "192.0.2", "192.0.2.1:80", "[::1]", "localhost", "::1%eth0", "1"})
    EXPECT_FALSE(ip_address::parse(text)) << text;
}

TEST(ip_range, holds_what_its_prefix_says) {
  const auto holds = [](std::string_view range, std::string_view one) {
    return ip_range::parse(range).value().contains(address(one));
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("10.1.2.3/15", "10.0.9.9"));
  EXPECT_FALSE(holds("10.1.2.3/15", "10.2.0.0"));
  EXPECT_TRUE(holds("0.0.0.0/0", "192.0.2.1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("::/0", "192.0.2.1"));
  EXPECT_TRUE(holds("192.0.2.1", "::ffff:192.0.2.1"));
  EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::"));
  for (const char* wrong : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10/8", "x"})
    EXPECT_FALSE(ip_range::parse(wrong)) << wrong;
}

class client_address : public ::testing::Test {
 protected:
  std::string behind(std::string_view peer, forwarding said) const {
    return client_address_of(address(peer), said, trusted).text();
  }
  const std::vector<ip_range> trusted{*ip_range::parse("10.0.0.0/8"), *ip_range::parse("::1")};
};

TEST_F(client_address, is_the_peer_unless_that_is_trusted) {
  EXPECT_EQ(behind("192.0.2.1", {"198.51.100.1", ""}), "192.0.2.1");
  EXPECT_EQ(behind("192.0.2.1", {"", "for=198.51.100.1"}), "192.0.2.1");
  EXPECT_EQ(behind("10.0.0.1", {}), "10.0.0.1");
}

TEST_F(client_address, is_the_last_hop_that_is_not_trusted) {
  EXPECT_EQ(behind("10.0.0.1", {"198.51.100.1", ""}), "198.51.100.1");
  // What stands before it the client has written itself.
  EXPECT_EQ(behind("10.0.0.1", {"203.0.113.9, 198.51.100.1", ""}), "198.51.100.1");
  EXPECT_EQ(behind("10.0.0.1", {"203.0.113.9,198.51.100.1 , 10.2.3.4", ""}), "198.51.100.1");
  EXPECT_EQ(behind("::1", {"10.0.0.9, 10.0.0.8", ""}), "10.0.0.9");
  EXPECT_EQ(behind("10.0.0.1", {"198.51.100.1:1234", ""}), "198.51.100.1");
  EXPECT_EQ(behind("10.0.0.1", {"[2001:db8::1]:1234", ""}), "2001:db8::1");
  EXPECT_EQ(behind("10.0.0.1", {"2001:db8::1", ""}), "2001:db8::1");
}

TEST_F(client_address, reads_forwarded_as_well) {
  EXPECT_EQ(behind("10.0.0.1", {"", "for=198.51.100.1;proto=http;by=10.0.0.1"}), "198.51.100.1");
  EXPECT_EQ(behind("10.0.0.1", {"", "for=203.0.113.9, proto=http; For=\"[2001:db8::1]:80\""}),
            "2001:db8::1");
  EXPECT_EQ(behind("10.0.0.1", {"", "for=198.51.100.1, for=10.0.0.7"}), "198.51.100.1");
}

TEST_F(client_address, where_an_entry_is_no_address_the_hop_that_wrote_it_counts) {
  for (const char* garbage :
       {"unknown", "", ",", ", ,", "_hidden", "198.51.100.1, x", "[::1", "::::"})
    EXPECT_EQ(behind("10.0.0.1", {garbage, ""}), "10.0.0.1") << garbage;
  EXPECT_EQ(behind("10.0.0.1", {"x, 10.0.0.2", ""}), "10.0.0.2");
  for (const char* garbage : {"unknown", "for", "for=", "for=\"", "for=unknown", "by=198.51.100.1"})
    EXPECT_EQ(behind("10.0.0.1", {"", garbage}), "10.0.0.1") << garbage;
}

// A client may send the field that its proxy does not write.
TEST_F(client_address, where_both_fields_differ_the_proxy_counts) {
  EXPECT_EQ(behind("10.0.0.1", {"198.51.100.1", "for=203.0.113.9"}), "10.0.0.1");
  EXPECT_EQ(behind("10.0.0.1", {"198.51.100.1", "for=198.51.100.1"}), "198.51.100.1");
}

}  // namespace
}  // namespace roomlog::testing
