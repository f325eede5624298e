#include "agent/server/instance_path.h"

#include <catch2/catch.hpp>

using agent::parsePath;

TEST_CASE("a path is cut into steps with their keys")
{
    const auto steps = parsePath("/m:a/b[ k = 'x]/y' ][n:l=\"it's\"]/n:c[.='1'][k=$USER]");
    REQUIRE(steps);
    REQUIRE(steps->size() == 3);
    using Keys = std::vector<std::pair<std::string, std::string>>;
    CHECK(steps->at(1).module == "m");
    CHECK(steps->at(1).keys == Keys { { "k", "x]/y" }, { "l", "it's" } });
    CHECK(steps->at(2).module == "n");
    CHECK(steps->at(2).keys == Keys { { ".", "1" } });
    CHECK(steps->at(2).ofUser == std::vector<std::string> { "k" });
}

TEST_CASE("what is no node-instance-identifier is none")
{
    for (const char* const text : { "m:a", "/a", "//m:a", "/m:a/", "/m:a[2]", "/m:a[k]",
             "/m:a[k='x'", "/m:a[k='x' or k='y']", "/m:a[k=$USERS]", "/m:a[k=$ADMIN]", "/m:a[k=x]",
             "/m:a[k=", "/m:a[", "/m:a[k='x']b", "/m:a | /m:b" }) {
        CAPTURE(text);
        CHECK_FALSE(parsePath(text));
    }
}

TEST_CASE("an anchor of an insertion has no variable")
{
    CHECK(agent::parseKeys("[k='v'][l='w']"));
    CHECK_FALSE(agent::parseKeys("[k=$USER]"));
}
