// Configuration files of foreign programs: what is kept of them, and what is never said of them.
#include "agent/prober/probe.h"
#include "agent/prober/vendor/flat_settings.h"

#include <catch2/catch.hpp>

namespace {

std::string refusal(const std::string& format, const std::string& text)
{
    try {
        agent::parseSettings(format, text);
    } catch (const agent::ParseError& e) {
        return e.what();
    }
    return "";
}

} // namespace

TEST_CASE("an error in a foreign file says where, and nothing of what stands there")
{
    const std::pair<const char*, const char*> wrong[] = {
        { "key-value", "a = 1\nroot:$6$salt$hunter2:19000:0:\n" },
        { "ini", "[login]\nhunter2\n" },
        { "ini", "[hunter2\n" },
        { "uci", "config a\n\toption password 'hunter2\n" },
        { "uci", "config a\nhunter2 b c\n" },
        { "json", "{\"password\": \"hunter2" },
        { "json", "{\"password\": hunter2}" },
        { "xml", "<a><password>hunter2</b></a>" },
    };
    for (const auto& [format, text] : wrong) {
        CAPTURE(format, text);
        const std::string said = refusal(format, text);
        CHECK_FALSE(said.empty());
        CHECK(said.find("hunter") == said.npos);
        CHECK(said.find("$6$") == said.npos);
    }
}

TEST_CASE("names that no mapping can hold take no memory")
{
    const std::string name(500'000, 'n');
    std::string ini = "[" + name + "]\n";
    std::string xml = "<" + name + ">";
    std::string uci = "config " + name + " " + name + "\n";
    for (int i = 0; i < 20'000; ++i) {
        ini += "k" + std::to_string(i) + "=1\n";
        xml += "<k/>";
        uci += "option k" + std::to_string(i) + " 1\n";
    }
    xml += "</" + name + ">";
    CHECK(agent::parseSettings("ini", ini).empty());
    CHECK(agent::parseSettings("xml", xml).empty());
    CHECK(agent::parseSettings("uci", uci).empty());
    CHECK(refusal("json", "{\"" + name + "\":{\"a\":1}}").find("bytes in a row")
        != std::string::npos);
}

TEST_CASE("more settings than a program has are refused")
{
    std::string text;
    for (int i = 0; i <= 10'000; ++i) {
        text += "k" + std::to_string(i) + "=1\n";
    }
    CHECK_THROWS_AS(agent::parseSettings("key-value", text), std::length_error);
}
