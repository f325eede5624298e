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
    CHECK(yang::rootElement("<?xml open").empty());
    CHECK(yang::rootElement("<hello") == "hello");
    CHECK(yang::rootElement("<a/>") == "a");
    CHECK(yang::rootElement("<" + std::string(255, 'a') + ">") == std::string(255, 'a'));
    CHECK(yang::rootElement("<" + std::string(256, 'a') + ">").empty());
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
    CHECK(hello.child("capabilities")->children[1].text == " x?a=1&b=2 ");
    CHECK(hello.textOf("session-id") == "4");
    CHECK(hello.textOf("session").empty());
    CHECK_FALSE(hello.child("session"));
}

TEST_CASE("an element that a schema describes is cut up like any other")
{
    const yang::Element top = yang::parseElement(context(),
        R"(<femto-security xmlns="urn:femtowatch:yang:femto-security"><collection>
             <node-id>n 1</node-id></collection></femto-security>)");
    CHECK(top.name == "femto-security");
    CHECK(top.space == "urn:femtowatch:yang:femto-security");
    CHECK(top.text.empty());
    REQUIRE(top.child("collection"));
    CHECK(top.child("collection")->child("node-id")->space == top.space);
    CHECK(top.child("collection")->textOf("node-id") == "n 1");
}

TEST_CASE("only what is asked for verbatim is, and not the document itself")
{
    const yang::Element out = yang::parseElement(
        context(), "<data xmlns='urn:x' a='1'><data><b>x</b><c/></data></data>");
    REQUIRE(out.children.size() == 1);
    CHECK(out.inner.empty());
    CHECK(out.space == "urn:x");
    CHECK(out.attributes == std::map<std::string, std::string> { { "a", "1" } });
    CHECK(out.children[0].children.empty());
    CHECK(out.children[0].inner == "<b xmlns=\"urn:x\">x</b>\n<c xmlns=\"urn:x\"/>\n");
}

TEST_CASE("text is escaped for an element and for an attribute in double quotes")
{
    CHECK(yang::escaped("a<b>&\"c'\"") == "a&lt;b&gt;&amp;&quot;c'&quot;");
    CHECK(yang::escaped("").empty());
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
    CHECK_THROWS_WITH(yang::parseElement(context(), ""), "not well-formed: no element");
    CHECK_THROWS_AS(
        yang::parseElement(context(), "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), yang::Error);
    std::string deep;
    for (int i = 0; i < 100; ++i) {
        deep += "<a xmlns='urn:x'>";
    }
    for (int i = 0; i < 100; ++i) {
        deep += "</a>";
    }
    CHECK_THROWS_WITH(yang::parseElement(context(), deep), "XML deeper than 64 elements");
}
