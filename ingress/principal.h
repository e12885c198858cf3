#pragma once

// The value itself is in schemas/, where pushers/ may include it too.
#include "schemas/principal.h"
