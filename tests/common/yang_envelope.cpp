#include "common/yang_envelope.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

namespace {

const yang::Context& context()
{
    static const yang::Context all = schemas::management();
    return all;
}

} // namespace

TEST_CASE("the first element is named without parsing")
{
    CHECK(yang::rootElement("<?xml version=\"1.0\"?>\n<!-- <x> --> <nc:rpc-reply a='1'/>")
        == "rpc-reply");
    CHECK(yang::rootElement("<notification>") == "notification");
    CHECK(yang::rootElement("<!DOCTYPE hello><hello/>").empty());
    CHECK(yang::rootElement("<!-- open").empty());
    CHECK(yang::rootElement(" text").empty());
    CHECK(yang::rootElement("").empty());
}

TEST_CASE("a hello is cut into elements")
{
    const yang::Element hello = yang::parseElement(context(),
        R"(<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>
             <capability>urn:ietf:params:netconf:base:1.1</capability>
             <capability> x?a=1&amp;b=2 </capability></capabilities>
           <session-id>4</session-id></hello>)");
    CHECK(hello.name == "hello");
    CHECK(hello.space == "urn:ietf:params:xml:ns:netconf:base:1.0");
    REQUIRE(hello.child("capabilities"));
    CHECK(hello.child("capabilities")->children.size() == 2);
    CHECK(hello.textOf("session-id") == "4");
}

TEST_CASE("data in a reply are kept as XML with their namespaces")
{
    const yang::Element reply = yang::parseElement(context(),
        R"(<nc:rpc-reply xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="7"><nc:data>
             <femto-security xmlns="urn:femtowatch:yang:femto-security"
                 xmlns:t="urn:femtowatch:yang:femto-security-types"><status><category>
               <type>t:open-ports</type><generation>3</generation></category></status>
             </femto-security></nc:data></nc:rpc-reply>)");
    CHECK(reply.attributes.at("message-id") == "7");
    REQUIRE(reply.child("data"));
    const yang::Tree tree
        = yang::Tree::parse(context(), reply.child("data")->inner, yang::Format::Xml, false);
    const auto rows = tree.select("/femto-security:femto-security/status/category");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].value("type") == "femto-security-types:open-ports");
}

TEST_CASE("what is not well-formed is an error, and so is depth")
{
    CHECK_THROWS_AS(yang::parseElement(context(), "<a><b></a>"), yang::Error);
    CHECK_THROWS_AS(yang::parseElement(context(), ""), yang::Error);
    CHECK_THROWS_AS(
        yang::parseElement(context(), "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), yang::Error);
    std::string deep;
    for (int i = 0; i < 100; ++i) {
        deep += "<a>";
    }
    for (int i = 0; i < 100; ++i) {
        deep += "</a>";
    }
    CHECK_THROWS_AS(yang::parseElement(context(), deep), yang::Error);
}
