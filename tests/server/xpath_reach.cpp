#include "agent/server/xpath_reach.h"

#include <catch2/catch.hpp>

TEST_CASE("an XPath reaches far if a predicate looks beyond what is below its node")
{
    for (const char* const near : { "/a:x/y[z='/..//['][. != \"//\"]", "//x", "//x/..", "/x//y",
             "/x[y/z]", "/x[y//z]", "/x[.//y]", "/x[descendant::y]", "//x[.//y]",
             "/descendant::x[descendant]", "/x[*/y = 3 * 4]", "/x[y[z[w]]]", "/x[current='a']",
             "/x[ancestor]", "/x/y[1]/z[position() < last()]", "/x | /y | /z",
             "/x[starts-with(y, '/')]", "/div[and = or]/mod", "/a-parent:x[y]" }) {
        CAPTURE(near);
        CHECK_FALSE(agent::reachesFar(near));
    }
    for (const char* const far :
        { "/x[//y]", "/x[/y]", "/x[y and /z]", "/x[y or//z]", "/x[y div /z]", "/x[2 * /z]",
            "/x[y = (/z)]", "/x[count(//y) > 1]", "/x[../y]", "/x[y/..]", "/x[ancestor::y]",
            "/x[ancestor :: y]", "/x[preceding-sibling::y]", "/x[y = current()/z]",
            "/x[deref(y)/z]", "/x[y[z[w[v]]]]", "/x/../y/../z/..", "//x//y//z", "//x[.//y]//z",
            "/descendant::x/descendant::y/descendant-or-self::z", "/x[.//y//z//w]",
            "//*/../*/../..", "/x[re-match(., '(a+)+')]", "/x['a'][/y", "/x[-/y]" }) {
        CAPTURE(far);
        CHECK(agent::reachesFar(far));
    }
    std::string longOne = "/x";
    while (longOne.size() < 1020) {
        longOne += "[y]";
    }
    CHECK_FALSE(agent::reachesFar(longOne));
    CHECK(agent::reachesFar(longOne + "[y][y]"));
}
