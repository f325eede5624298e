#include "agent/gate/hello.h"

#include <catch2/catch.hpp>

using agent::gate::BadHello;
using agent::gate::Hello;

namespace {

std::string spoken(const std::string& xml)
try {
    const Hello hello = Hello::parse(xml);
    return std::string(hello.base10 ? "1.0 " : "") + (hello.base11 ? "1.1" : "");
} catch (const BadHello& e) {
    return e.what();
}

const std::string Ns = " xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"";
const std::string Base = "urn:ietf:params:netconf:base:1.";

std::string with(const std::string& capabilities)
{
    return "<hello" + Ns + "><capabilities>" + capabilities + "</capabilities></hello>";
}

} // namespace

TEST_CASE("a hello says which base protocols its sender speaks")
{
    CHECK(spoken(with("<capability>" + Base + "0</capability>")) == "1.0 ");
    CHECK(spoken(with("<capability>" + Base + "1</capability>")) == "1.1");
    CHECK(spoken(with("<capability>\n " + Base + "0 </capability><capability>" + Base
              + "1</capability><capability>urn:x?a=1&amp;b=2</capability>"))
        == "1.0 1.1");
    CHECK(spoken("<?xml version=\"1.0\"?>\n<!-- > -->"
              + with("<capability><![CDATA[" + Base + "1]]></capability>") + "\n")
        == "1.1");
    CHECK(
        spoken(
            "<nc:hello a='>' xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><nc:capabilities>"
            "<nc:capability>"
            + Base + "1</nc:capability></nc:capabilities></nc:hello>")
        == "1.1");
}

TEST_CASE("what only looks like a capability is none")
{
    CHECK(spoken(with("<!-- <capability>" + Base + "1</capability> -->")).empty());
    CHECK(spoken(with("<capability>" + Base + "10</capability>")).empty());
    CHECK(spoken(with("<x><capability>" + Base + "1</capability></x>")).empty());
    CHECK(spoken("<hello" + Ns + "><capability>" + Base + "1</capability></hello>").empty());
    CHECK(spoken(with("<capability x=\"" + Base + "1\"/>")).empty());
}

TEST_CASE("what is no hello is refused by name")
{
    CHECK(spoken("") == "hello: it does not end");
    CHECK(spoken("<hello/>") == "hello: it begins with \"hello\"");
    CHECK(spoken("<rpc" + Ns + "/>") == "hello: it begins with \"rpc\"");
    CHECK(spoken("<hello" + Ns + ">") == "hello: it does not end");
    CHECK(spoken("<hello" + Ns)
        == "hello: cut short at \"<hello xmlns=\"urn:ietf:params:xml:ns:net\"...");
    CHECK(spoken("x" + with("")) == "hello: there is more than one element");
    CHECK(spoken(with("") + with("")) == "hello: there is more than one element");
    CHECK(spoken(with("") + "x") == "hello: text behind it");
    CHECK(spoken(with("</x>")) == "hello: end of \"x\" without its begin");
    CHECK(spoken("<!DOCTYPE x [<!ENTITY a \"b\">]>" + with(""))
        == "hello: a document type is not accepted");
    CHECK(spoken("<hello" + Ns + "><session-id>1</session-id></hello>")
        == "hello: a client's has no session-id");
    CHECK(spoken("<hello" + Ns + " a>") == "hello: an attribute without value: \"a\"");
    CHECK(spoken("<>") == "hello: a tag without name: \"<>\"");
    CHECK(spoken("<!-- ") == "hello: cut short at \"<!-- \"");
    std::string deep;
    for (int i = 0; i < 100; ++i) {
        deep += "<a>";
    }
    CHECK(spoken(with(deep)) == "hello: it is nested too deep");
}
