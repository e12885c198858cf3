// Which handler a request goes to, and what is said where there is none.
#include "pushers/http/http_router.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

class http_router_test : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [method, pattern] :
         std::vector<std::pair<std::string, std::string>>{{"GET", "/a"},
                                                          {"GET", "/a/{x}/b/{y}"},
                                                          {"PUT", "/a/{x}"},
                                                          {"DELETE", "/a/{x}"},
                                                          {"GET", "/a/{x}"},
                                                          {"POST", "/a"},
                                                          {"GET", "/"},
                                                          {"PATCH", "/only"}})
      router_.add(
          method, pattern,
          [this, route = method + ' ' + pattern](routed_request asked, const http_reply& reply) {
            asked_ = std::move(asked);
            reply({200, "text/plain", {}, route});
          });
  }
  http_response ask(const std::string& method, const std::string& target) {
    http_response said;
    router_.answer({method, target, {}},
                   [&](http_response response) { said = std::move(response); });
    return said;
  }
  std::string allowed(const std::string& method, const std::string& target) {
    const auto said = ask(method, target);
    EXPECT_EQ(said.status, 405u) << method << ' ' << target;
    return said.fields.size() == 1 && said.fields[0].first == "Allow" ? said.fields[0].second : "";
  }

  http_router router_{"There is no such path"};
  routed_request asked_;
};

TEST_F(http_router_test, a_request_goes_to_the_handler_of_its_path_and_method) {
  EXPECT_EQ(ask("GET", "/a").body, "GET /a");
  EXPECT_EQ(ask("POST", "/a?x=1").body, "POST /a");
  EXPECT_EQ(ask("PUT", "/a/7").body, "PUT /a/{x}");
  EXPECT_EQ(ask("DELETE", "/a/7").body, "DELETE /a/{x}");
  EXPECT_EQ(ask("GET", "/a/7/b/8").body, "GET /a/{x}/b/{y}");
  EXPECT_EQ(ask("GET", "/").body, "GET /");
}

TEST_F(http_router_test, the_handler_gets_names_and_parameters_decoded) {
  (void)ask("GET", "/a/x%2Fy%20z/b/%41?p=1%262&q&p=a+b");
  EXPECT_EQ(asked_.names, (std::vector<std::string>{"x/y z", "A"}));
  EXPECT_EQ(asked_.params, (http_params{{"p", "1&2"}, {"q", ""}, {"p", "a+b"}}));
  EXPECT_EQ(asked_.request.target, "/a/x%2Fy%20z/b/%41?p=1%262&q&p=a+b");
}

TEST_F(http_router_test, head_is_taken_wherever_get_is) {
  EXPECT_EQ(ask("HEAD", "/a").body, "GET /a");
  EXPECT_EQ(asked_.request.method, "HEAD");
  EXPECT_EQ(allowed("HEAD", "/only"), "PATCH");
}

TEST_F(http_router_test, a_method_that_a_path_does_not_take_is_told_those_that_it_takes) {
  EXPECT_EQ(allowed("DELETE", "/a"), "GET, HEAD, POST");
  EXPECT_EQ(allowed("PATCH", "/a/7"), "PUT, DELETE, GET, HEAD");
  EXPECT_EQ(allowed("OPTIONS", "/a/7/b/8"), "GET, HEAD");
}

// RFC 9110 §9.3.7: the target is the server and no path.
TEST_F(http_router_test, options_of_the_whole_server_is_told_all_methods) {
  EXPECT_EQ(allowed("OPTIONS", "*"), "GET, HEAD, PUT, DELETE, POST, PATCH");
}

TEST_F(http_router_test, a_path_that_no_route_has_is_not_found) {
  for (const char* path :
       {"/b", "/a/", "/a//b/8", "//a", "/a/7/b", "/a/7/b/8/", "/A", "/a%", "", "*"})
    EXPECT_EQ(ask("GET", path).status, 404u) << path;
  EXPECT_NE(ask("PUT", "/b").body.find("There is no such path"), std::string::npos);
}

}  // namespace
}  // namespace roomlog::testing
