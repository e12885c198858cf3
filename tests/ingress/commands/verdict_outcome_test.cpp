#include "ingress/commands/verdict_outcome.h"

#include <gtest/gtest.h>

#include "schemas/protocol/command_digest.h"

namespace roomlog::testing {
namespace {

constexpr command_digest one{std::byte{1}}, other{std::byte{2}};

bool is_acked(digest_algorithm first_how, const command_digest& retried) {
  const decided_command first{seq_no{7}, offset{9}, timestamp{5}, first_how, one};
  const auto outcome = outcome_of(first, retried, "r", "c");
  if (const auto* ack = std::get_if<command_ack>(&outcome)) return ack->duplicate;
  EXPECT_EQ(std::get<client_error>(outcome).code, error_code::cid_conflict);
  return false;
}

TEST(verdict_outcome, of_a_decided_cid_depends_on_the_digest_where_it_can_be_compared) {
  EXPECT_TRUE(is_acked(command_digest_algorithm, one));
  EXPECT_FALSE(is_acked(command_digest_algorithm, other));
  EXPECT_TRUE(is_acked(digest_algorithm::none, other)) << "of another build";
}

}  // namespace
}  // namespace roomlog::testing
