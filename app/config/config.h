// All settings as values, by section. A member's name is the setting's name everywhere: in the
// file, the environment, --set and here. Its initialiser is the default, and the only place in
// app/ that has it. What a setting means and which values it takes stands in its row
// (settings_*.cpp).
#pragma once

#include "app/config/client_sections.h"
#include "app/config/log_sections.h"
#include "app/config/server_sections.h"
#include "schemas/protocol/protocol_features.h"

namespace roomlog {

struct config {
  data_section data;
  server_section server;
  log_section log;
  kafka_section kafka;
  fold_section fold;
  auth_section auth;
  limits_section limits;
  protocol_features features;
  content_section content;
  diagnostics_section diagnostics;
};

}  // namespace roomlog
