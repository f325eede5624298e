// The configuration of a fresh agent: the shipped data and the operator's.
#include "tests/server/peer.h"

#include <catch2/catch.hpp>

namespace {

std::string endpoint(const Node& node, const char* leaf)
{
    const auto found = node.core->datastore.running().find(
        "/femto-agent-access:agent-access/listen/endpoint[name='oam']");
    return found ? found->valueOr(leaf, "") : "";
}

} // namespace

TEST_CASE("a startup file may give a part of what is shipped")
{
    const Node node(R"({"femto-agent-access:agent-access":{"listen":{"endpoint":[)"
                    R"({"name":"oam","port":1830}]}}})");
    CHECK(endpoint(node, "port") == "1830");
    CHECK(endpoint(node, "address") == "0.0.0.0");
}

TEST_CASE("a startup file that is wrong as a whole is refused")
{
    CHECK_THROWS_WITH(Node(R"({"femto-agent-access:agent-access":{"listen":{"endpoint":[)"
                           R"({"name":"other","port":1830}]}}})"),
        Catch::Contains("address"));
}
