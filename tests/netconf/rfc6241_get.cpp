#include "tests/netconf/identity.h"
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

TEST_CASE("RFC 6241, 6.2: an empty filter selects nothing, an unknown name nothing")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(get(peer, "<filter type=\"subtree\"/>") == "<data/>");
    CHECK(get(peer, "<filter/>") == "<data/>");
    CHECK(get(peer, "<filter type=\"subtree\"><nothing xmlns=\"urn:y\"/></filter>") == "<data/>");
    CHECK(get(peer, xpath("/fs:femto-security/fs:inventory/fs:extension")) == "<data/>");
}

TEST_CASE("RFC 6241, 7.7: get joins configuration and state under one container")
{
    Node node;
    Peer peer(node, "sec");
    const std::string both
        = get(peer, xpath("/fs:femto-security/fs:status/fs:agent-version | " + Ports));
    CHECK(both
        == Open
            + "<sampling-interval>5</sampling-interval></category></collection><status>"
              "<agent-version>" FEMTOWATCH_VERSION "</agent-version></status></femto-security>"
              "</data>");
    // across the two, which a filter of each by itself could not answer
    CHECK(get(peer,
              xpath("/fs:femto-security/fs:status[../fs:collection/fs:category]/fs:agent-version"))
        == "<data><femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><status>"
           "<agent-version>" FEMTOWATCH_VERSION
           "</agent-version></status></femto-security></data>");
    // and everything is where it was
    CHECK(get(peer, xpath("/fs:femto-security/fs:status/fs:agent-version | " + Ports)) == both);
    const std::string whole = get(peer, "");
    const auto counted = whole.find("<netconf-state "); // there the requests are counted
    CHECK(whole.substr(0, counted) == get(peer, "").substr(0, counted));
    CHECK(whole.find("<collection>") < whole.find("<status>"));
    CHECK(whole.find("<femto-security ") == whole.rfind("<femto-security "));
    CHECK(peer.call("<get-config><source><running/></source></get-config>").find("<status>")
        == std::string::npos);
}

TEST_CASE("RFC 6241, 8.9: an expression that cannot be evaluated fails alone")
{
    Node node;
    Peer peer(node, "sec");
    const std::string version = "/fs:femto-security/fs:status/fs:agent-version";
    for (const std::string divisor : { "0", "0.5", "-0" }) {
        CAPTURE(divisor);
        const std::string reply = get(peer, xpath(version + "[7 mod " + divisor + " = 1]"));
        if (LY_VERSION_MAJOR < 3) { // by which the process ends that evaluates it
            CHECK_THAT(reply,
                Catch::Contains("<error-tag>operation-failed</error-tag>")
                    && Catch::Contains("it cannot be evaluated: signal 8"));
        } else {
            CHECK(reply == "<data/>");
        }
    }
    CHECK(get(peer, xpath(version + "[7 mod 2 = 1]")) == get(peer, xpath(version)));
    CHECK(get(peer, xpath(version + "[7 mod 2 = 0]")) == "<data/>");
}

TEST_CASE("RFC 6241, 8.9.5.1: the context node of an XPath is the root")
{
    Node node;
    Peer peer(node, "sec");
    const std::string version = "fs:femto-security/fs:status/fs:agent-version";
    CHECK(get(peer, xpath(version)) == get(peer, xpath("/" + version)));
    CHECK(get(peer, xpath(version)) != "<data/>");
    const auto configuration = [&](const std::string& filter) {
        return peer.call("<get-config><source><running/></source>" + filter + "</get-config>");
    };
    const std::string all = configuration("");
    CHECK(configuration(xpath("/")) == all);
    CHECK(configuration(xpath(".")) == all);
    CHECK(configuration(xpath("*")) == all);
}
