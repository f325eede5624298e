// One file of facts.d: what it may hold, and what is said of one that holds something else.
#include "agent/prober/vendor/fact_file.h"
#include "agent/prober/probe.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

using agent::FactFile;
using agent::parseFacts;

namespace {

/// The contract, with a module of a vendor that defines one category, and one identity besides that
/// has no container.
const yang::Context& context()
{
    static const yang::Context all = [] {
        yang::Context out = schemas::prober();
        out.offer("acme", R"(module acme {
            yang-version 1.1; namespace "urn:acme"; prefix a;
            import femto-security-types { prefix fst; }
            identity radio { base fst:security-category; }
            identity silent { base fst:security-category; }
            container radio { config false; leaf power { type uint8; } }
            container other { config false; leaf x { type string; } } })");
        out.implement("acme");
        return out;
    }();
    return all;
}

FactFile inInventory(const std::string& json)
{
    return parseFacts(
        context(), R"({"femto-security:femto-security":{"inventory":{)" + json + "}}}");
}

const std::string Radio = R"({"category":"acme:radio","content":)";

} // namespace

TEST_CASE("a file of facts is about the categories that it holds something of")
{
    const FactFile file = parseFacts(context(), R"({"femto-vendor:facts":{"max-age":60},
        "acme:radio":{"power":3},
        "femto-security:femto-security":{"inventory":{"open-ports":{"port":[]},
            "remote-login":{"login-policy":[{"service":"femto-security-types:web-login"}]}}}})");
    CHECK(file.categories
        == std::set<std::string> { "acme:radio", "femto-security-types:remote-login" });
    CHECK(file.maxAge == std::chrono::seconds(60));
    REQUIRE(file.content("acme:radio"));
    CHECK(file.content("acme:radio")->value("power") == "3");
    CHECK(file.content("femto-security-types:remote-login")->children("login-policy").size() == 1);
    CHECK(agent::extensionCategories(context()) == std::vector<std::string> { "acme:radio" });
}

TEST_CASE("a file of facts may hold nothing")
{
    for (const char* const text : { "{}", R"({"femto-vendor:facts":{}})",
             R"({"femto-security:femto-security":{"inventory":{}}})" }) {
        CAPTURE(text);
        const FactFile file = parseFacts(context(), text);
        CHECK(file.categories.empty());
        CHECK_FALSE(file.maxAge);
    }
}

TEST_CASE("an entry of the list extension is what stands in it")
{
    const FactFile file
        = inInventory(R"("extension":[)" + Radio + R"({"acme:radio":{"power":3}}}])");
    CHECK(file.categories == std::set<std::string> { "acme:radio" });
    REQUIRE(file.content("acme:radio"));
    CHECK(file.content("acme:radio")->value("power") == "3");
    CHECK_FALSE(file.tree.find("/femto-security:femto-security/inventory/extension"));
}

TEST_CASE("an entry of the list extension holds its category, valid, and nothing else")
{
    CHECK_THROWS_WITH(inInventory(R"("extension":[{"category":"acme:radio"}])"),
        "extension \"acme:radio\" has no content");
    CHECK_THROWS_WITH(inInventory(R"("extension":[)" + Radio + R"({"acme:other":{"x":"y"}}}])"),
        "extension \"acme:radio\" holds \"acme:other\"");
    CHECK_THROWS_WITH(inInventory(R"("extension":[)" + Radio + R"({"acme:radio":{"power":999}}}])"),
        Catch::Contains("999"));
    CHECK_THROWS_WITH(inInventory(R"("extension":[)" + Radio + R"({"acme:radio":{"volume":1}}}])"),
        Catch::Contains("volume"));
}

TEST_CASE("a file of facts that holds anything else is refused")
{
    CHECK_THROWS_WITH(parseFacts(context(), R"({"acme:other":{"x":"y"}})"),
        "holds \"acme:other\", which is no category");
    CHECK_THROWS_WITH(parseFacts(context(),
                          R"({"femto-security:femto-security":{"collection":{"node-id":"x"}}})"),
        "holds /femto-security:femto-security/collection, and only the inventory may be given");
    CHECK_THROWS_WITH(parseFacts(context(), R"({"acme:radio":{},"acme:radio":{}})"),
        "member \"acme:radio\" is there twice in one object");
}
