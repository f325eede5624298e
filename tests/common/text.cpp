#include "common/text.h"
#include "common/clock.h"

#include <catch2/catch.hpp>

using namespace std::string_literals;

TEST_CASE("numbers are whole and in range")
{
    CHECK(text::number<uint16_t>("65535") == 65535);
    CHECK_FALSE(text::number<uint16_t>("65536"));
    CHECK_FALSE(text::number<int>("12 "));
    CHECK_FALSE(text::number<int>(""));
    CHECK_FALSE(text::number<unsigned>("-1"));
}

TEST_CASE("bytes that XML cannot carry are escaped, and stay different")
{
    CHECK(text::carried("plain \xc3\xa4") == "plain \xc3\xa4");
    CHECK(text::carried("a\0b\x1b"s) == "a\\x00b\\x1b");
    CHECK(text::carried("\xff\xc3") == "\\xff\\xc3");
    CHECK(text::carried("\\x00") == "\\x5cx00");
    CHECK(text::carried("\\n") == "\\n");
    CHECK(text::carried("\xed\xa0\x80") == "\\xed\\xa0\\x80"); // a surrogate
}

TEST_CASE("a message is escaped once, whatever pieces of it were before")
{
    CHECK(
        text::legible("a: " + text::quoted("\xff\\x41") + " \xfe") == "a: \"\\xff\\x5cx41\" \\xfe");
    CHECK(text::legible("\\x\x01") == "\\x\\x01");
}

TEST_CASE("base64 is that of RFC 4648")
{
    for (const auto& [plain, coded] : { std::pair("", ""), std::pair("f", "Zg=="),
             std::pair("fo", "Zm8="), std::pair("foo", "Zm9v"), std::pair("foobar", "Zm9vYmFy") }) {
        CHECK(text::base64(plain) == coded);
        CHECK(text::fromBase64(coded) == plain);
    }
    CHECK_FALSE(text::fromBase64("Zg="));
    CHECK_FALSE(text::fromBase64("Z?=="));
}

TEST_CASE("lines keep their numbers")
{
    CHECK(text::allLines("a\n\nb\n").size() == 3);
    CHECK(text::allLines("").empty());
    CHECK(text::lines("a\n\nb\n").size() == 2);
}

TEST_CASE("a date-and-time is read in any zone and written in UTC")
{
    CHECK(wall::dateAndTime(*wall::parse("2026-11-24T10:03:49.5+01:00"))
        == "2026-11-24T09:03:49.500Z");
    CHECK_FALSE(wall::parse("2026-13-24T10:03:49Z"));
    CHECK_FALSE(wall::parse("2026-11-24 10:03:49"));
    CHECK_FALSE(wall::parse("yesterday"));
}
