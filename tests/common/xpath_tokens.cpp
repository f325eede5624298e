#include "common/xpath_tokens.h"

#include <catch2/catch.hpp>
#include <string>

namespace {

std::string cut(std::string_view expression)
{
    xpath::Tokens tokens(expression);
    xpath::Token token {};
    std::string all;
    while (tokens.next(token)) {
        all += (all.empty() ? "" : " ") + std::string(token.text);
    }
    return all;
}

} // namespace

TEST_CASE("an XPath is cut into tokens, with or without white space")
{
    CHECK(cut(" /a:b [ c = 'd e' ]/..//f") == "/ a : b [ c = 'd e' ] / .. // f");
    CHECK(cut("a[1]and.5*-b.c-d") == "a [ 1 ] and .5 * - b.c-d");
    CHECK(cut("mod mod mod") == "mod mod mod");
    CHECK(cut("x[y]modeme") == "x [ y ] mod eme");
    CHECK(cut("1mod 0") == "1 mod 0");
    CHECK(cut("'open") == "'open");
}

TEST_CASE("mod is told from names that begin with it")
{
    for (const char* const with :
        { "1 mod 0", "1mod 0", "a[1]modb", ".mod .", "..mod 1", "*mod 1", "count(a)mod 1",
            "'1'mod 1", "mod mod mod", "a\tmod\nb", "$x mod 1", "x:*mod 2", "a[b mod 2]" }) {
        CAPTURE(with);
        CHECK(xpath::hasModulo(with));
    }
    for (const char* const without :
        { "mod", "/a/mode", "a[mod = 1]", "'1 mod 0'", "a-mod", "/mod:b", "a | mod", "a and mod",
            "mod:mod", "child::mod", "@mod", "a[ mode ]", "1 - mod" }) {
        CAPTURE(without);
        CHECK_FALSE(xpath::hasModulo(without));
    }
}
