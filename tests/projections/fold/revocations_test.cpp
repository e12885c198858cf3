// Revocations: up to when the tokens of somebody are revoked.
#include "tests/projections/fold/fold_rig.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;

event revokes(std::string_view user, std::string_view device, std::int64_t before) {
  return control_record(principal_revoked{user, device, timestamp{before}});
}

TEST(fold_revocation, of_all_devices_counts_for_each) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take(revokes("t/ann", "", 50)), control));
  auto& tables = rig.state().tables();
  EXPECT_EQ(tables.revoked_up_to("t/ann", ""), timestamp{50});
  EXPECT_EQ(tables.revoked_up_to("t/ann", "d1"), timestamp{50});
  EXPECT_EQ(tables.revoked_up_to("t/anna", ""), timestamp{});
  EXPECT_EQ(tables.revoked_up_to("u/ann", ""), timestamp{});
}

TEST(fold_revocation, of_one_device_counts_for_that_one) {
  fold_rig rig;
  rig.take(revokes("t/ann", "d1", 50));
  auto& tables = rig.state().tables();
  EXPECT_EQ(tables.revoked_up_to("t/ann", "d1"), timestamp{50});
  EXPECT_EQ(tables.revoked_up_to("t/ann", "d"), timestamp{});
  EXPECT_EQ(tables.revoked_up_to("t/ann", ""), timestamp{});
  // Not the user "t/annd" with device "1".
  EXPECT_EQ(tables.revoked_up_to("t/annd", "1"), timestamp{});
}

TEST(fold_revocation, only_grows_and_survives_a_restart) {
  fold_rig rig;
  for (const std::int64_t before : {50, 40, 60, 10}) rig.take(revokes("t/ann", "", before));
  rig.take(revokes("t/ann", "d1", 55));
  fold_state again = rig.reopened();
  EXPECT_EQ(again.tables().revoked_up_to("t/ann", "d1"), timestamp{60});
}

TEST(fold_revocation, names_a_tenant_and_a_user_within_their_bounds) {
  fold_rig rig;
  const std::string longest = "t/" + std::string(principal_bytes_max - 2, 'x');
  const std::string device(id_bytes_max, 'd');
  EXPECT_TRUE(is(rig.take(revokes(longest, device, 5)), control));
  EXPECT_EQ(rig.state().tables().revoked_up_to(longest, device), timestamp{5});
  EXPECT_EQ(rig.state().tables().revoked_up_to(longest + "x", device), timestamp{});
  for (const std::string& user :
       {std::string(), std::string("ann"), std::string("/ann"), std::string("t/"), longest + "x"}) {
    EXPECT_TRUE(is(rig.take(revokes(user, "", 5)), reject_reason::malformed)) << user;
  }
  EXPECT_TRUE(is(rig.take(revokes("t/ann", device + "d", 5)), reject_reason::malformed));
}

}  // namespace
}  // namespace roomlog::testing
