#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

TEST_CASE("RFC 6241, appendix A: a request that is not as its schema says")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call("<frobnicate/>")
        == rpcError("protocol", "operation-not-supported",
            "Node &quot;frobnicate&quot; not found in the &quot;ietf-netconf&quot; module."));
    CHECK(peer.call("<frobnicate xmlns=\"urn:y\"/>")
        == rpcError("protocol", "unknown-namespace",
            "No module with namespace &quot;urn:y&quot; in the context.",
            "<bad-element>frobnicate</bad-element><bad-namespace>urn:y</bad-namespace>"));
    CHECK(peer.call("<get-config><source><startup/></source></get-config>")
        == rpcError("protocol", "unknown-element",
            "Node &quot;startup&quot; not found as a child of &quot;source&quot; node.",
            "<bad-element>startup</bad-element>"));
    CHECK(peer.call("<kill-session/>")
        == rpcError("protocol", "missing-element",
            "Mandatory node &quot;session-id&quot; instance does not exist.",
            "<bad-element>session-id</bad-element>"));
    CHECK(peer.call("<kill-session><session-id>none</session-id></kill-session>")
        == rpcError("protocol", "invalid-value", "Invalid type uint32 value &quot;none&quot;."));
    CHECK(peer.call("")
        == rpcError("rpc", "missing-element", "Missing the operation node.",
            "<bad-element>rpc</bad-element>"));
    CHECK(peer.call("<get><filter type=\"xpath\"/></get>")
        == rpcError("protocol", "missing-attribute", "an XPath filter needs the attribute select",
            "<bad-attribute>select</bad-attribute><bad-element>filter</bad-element>"));
    CHECK(peer.call("<get><filter type=\"xpath\" select=\"/[\"/></get>").find("invalid-value")
        != std::string::npos);
    std::string terms = "/*";
    while (terms.size() <= 4096) {
        terms += "|/*";
    }
    CHECK(peer.call("<get><filter type=\"xpath\" select=\"" + terms + "\"/></get>")
        == rpcError("application", "too-big", "an XPath of more than 4096 bytes"));
    CHECK(
        peer.call("<get><filter type=\"xpath\" select=\"count(/*)\"/></get>").find("invalid-value")
        != std::string::npos);
    CHECK(peer.call("<delete-config><target><running/></target></delete-config>")
        == rpcError("protocol", "unknown-element",
            "Node &quot;running&quot; not found as a child of &quot;target&quot; node.",
            "<bad-element>running</bad-element>"));
    CHECK(peer.call("<copy-config><target><running/></target><source><running/></source>"
                    "</copy-config>")
        == rpcError("protocol", "invalid-value", "source and target are the same datastore"));
}

TEST_CASE("RFC 6241, 4.3: a message that is none is answered, and the session goes on")
{
    Node node;
    Peer peer(node, "sec");
    const auto answer = [&](const std::string& message) {
        peer.send(message);
        return peer.next();
    };
    const std::string begin = "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"";
    const std::string rpc = "<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"";
    CHECK(answer(rpc + "><get/></rpc>")
        == begin + ">"
            + rpcError("rpc", "missing-attribute", "an rpc must have a message-id",
                "<bad-attribute>message-id</bad-attribute><bad-element>rpc</bad-element>")
            + "</rpc-reply>");
    CHECK(answer(rpc + " message-id=\"7\"><get></rpc>").find("<error-tag>malformed-message<")
        != std::string::npos);
    CHECK(answer(rpc + " message-id=\"7\"><get></rpc>").find(begin + " message-id=\"7\">") == 0);
    CHECK(answer(rpc + " message-id=\"7\" a=\"1\" a=\"2\"><get/></rpc>")
              .find("<error-tag>malformed-message<")
        != std::string::npos);
    CHECK(answer("not XML").find("<error-tag>malformed-message<") != std::string::npos);
    CHECK(answer("<hello/>").find("<error-tag>malformed-message<") != std::string::npos);
    CHECK(answer(rpc + " message-id=\"7\"><get/>\xff</rpc>").find("<error-tag>")
        != std::string::npos);
    std::string deep;
    for (int i = 0; i < 100000; ++i) {
        deep += "<a>";
    }
    CHECK(answer(rpc + " message-id=\"7\"><get><filter>" + deep + "</filter></get></rpc>")
              .find("<error-tag>")
        != std::string::npos);
    CHECK(node.core->netconf.sessions().front()->inBadRpcs == 8);
    CHECK(node.core->netconf.sessions().front()->outRpcErrors == 8);
    CHECK(peer.call("<close-session/>") == "<ok/>");
}

TEST_CASE("RFC 6241, appendix A: a request that would take long to look at is too big")
{
    Node node;
    Peer peer(node, "none"); // access control has not been asked yet
    const auto times = [](int count, const std::function<std::string(std::string)>& one) {
        std::string out;
        for (int i = 0; i < count; ++i) {
            out += one(std::to_string(i));
        }
        return out;
    };
    const std::string unknown = times(60000, [](const std::string&) { return "<a/>"; });
    const std::string many
        = rpcError("rpc", "too-big", "more than 1000 elements side by side in a filter or config");
    CHECK(peer.call("<get><filter>" + unknown + "</filter></get>") == many);
    CHECK(peer.call("<edit-config><target><running/></target><config>" + unknown
              + "</config></edit-config>")
        == many);
    CHECK(peer.call("<get><filter><a"
              + times(20000, [](const std::string& i) { return " a" + i + "=''"; })
              + "/></filter></get>")
        == rpcError("rpc", "too-big", "more than 256 attributes of one element"));
    CHECK(peer.call("<get><filter>"
              + times(600, [](const std::string& i) { return "<a xmlns:n" + i + "='urn:x'>"; })
              + times(600, [](const std::string&) { return "</a>"; }) + "</filter></get>")
        == rpcError("rpc", "too-big", "more than 512 namespaces at once"));
    // Many of what a schema has, and the same namespace again and again, are as good as ever.
    CHECK(peer.call("<get><filter><a>"
                  + times(5000, [](const std::string&) { return "<b xmlns='urn:x'/>"; })
                  + "</a></filter></get>")
              .find("access-denied")
        != std::string::npos);
}
