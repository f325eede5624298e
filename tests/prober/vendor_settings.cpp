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

/// "key@line=value", with "(repeated)", one a line.
std::string shown(const std::string& format, const std::string& text)
{
    std::string out;
    for (const auto& [key, setting] : agent::parseSettings(format, text)) {
        out += key + "@" + std::to_string(setting.line) + "=" + setting.value
            + (setting.repeated ? " (repeated)" : "") + "\n";
    }
    return out;
}

} // namespace

TEST_CASE("settings of JSON are by pointer, whatever they are of")
{
    CHECK(shown("json",
              R"({"a":{"b":["x","y"],"c/d~e":true},"n":-1.5,"none":null,"o":{},"l":[],"":"z"})")
        == "/@0=z\n/a/b/0@0=x\n/a/b/1@0=y\n/a/c~1d~0e@0=true\n/n@0=-1.5\n");
    CHECK(shown("json", R"(["a"])") == "/0@0=a\n");
    CHECK(shown("json", "7") == "@0=7\n"); // the empty pointer is the whole document
    for (const char* const nothing : { "{}", "[]", "null", "{\"a\":{}}" }) {
        CAPTURE(nothing);
        CHECK(shown("json", nothing).empty());
    }
    CHECK(
        refusal("json", R"({"a":"hunter2","a":1})") == "member \"a\" is there twice in one object");
    CHECK(refusal("json", std::string(33, '[')) == "nested more than 32 levels deep");
    CHECK(refusal("json", "{\n\"a\": hunter2}").starts_with("2: column 6: syntax error"));
}

TEST_CASE("settings of XML are by path, attributes too")
{
    CHECK(shown("xml",
              "<?xml version=\"1.0\"?>\n<a id='1'>\n<b> x &lt; y </b><b/>\n"
              "<c>t<d>u</d>v<![CDATA[<w>]]></c>\n</a>")
        == "/a@2=\n/a/@id@2=1\n/a/b@3=x < y (repeated)\n/a/c@4=tv<w>\n/a/c/d@4=u\n");
    std::string deep;
    for (int i = 0; i < 65; ++i) {
        deep += "<a>\n";
    }
    CHECK(refusal("xml", deep) == "65: more than 64 elements deep");
    CHECK(refusal("xml", "<a>\n<b>hunter2</a>").starts_with("2: "));
    CHECK(refusal("xml", "<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a>&b;</a>").starts_with("1: "));
}

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
