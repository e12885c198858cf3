// The variables that Kubernetes adds to the environment of a pod for each Service of its namespace
// (enableServiceLinks, on by default). Those of a Service "roomlog-gateway" begin as our settings
// do: ROOMLOG_GATEWAY_SERVICE_HOST=10.96.0.10, ROOMLOG_GATEWAY_PORT=tcp://10.96.0.10:80, ….
#pragma once

#include <string_view>

namespace roomlog {

// `name` begins with "ROOMLOG_". The forms are those of Kubernetes' documentation, "Service
// discovery, environment variables":
//   X_SERVICE_HOST, X_SERVICE_PORT, X_SERVICE_PORT_NAME (a number), X_PORT (a URL),
//   X_PORT_80_TCP and that with _PROTO, _PORT or _ADDR; also UDP and SCTP
bool is_service_variable(std::string_view name, std::string_view value);

}  // namespace roomlog
