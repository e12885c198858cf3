// Which public keys are strong enough to be trusted with identities.
#pragma once

#include "ingress/auth/jwt_algorithm.h"
#include "log/base/result.h"

struct evp_pkey_st;

namespace roomlog {

// The algorithms that a key of this kind could have. errc::invalid with the reason for: a kind or
// curve that tokens do not use, a point that is not on its curve, an RSA modulus below 2,048 or
// above 8,192 bits, an RSA exponent that is 1, even or beyond 64 bits, an RSA modulus made by the
// generator of CVE-2017-15361 (ROCA), whose factors can be found.
result<algorithm_set> check_strength(evp_pkey_st* key);

}  // namespace roomlog
