#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

std::string with(const std::string& mode)
{
    return "<with-defaults xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\">" + mode
        + "</with-defaults>";
}

} // namespace

TEST_CASE("RFC 6243, 4.5: defaults are reported as asked for")
{
    Node node;
    Peer peer(node, "sec");
    const std::string port
        = Ports + "/fs:enabled | " + Ports + "/fs:sampling-interval | " + Ports + "/fs:mode";
    const std::string interval = "<sampling-interval>5</sampling-interval>";
    CHECK(get(peer, xpath(port)) == Open + interval + Close);
    CHECK(get(peer, xpath(port), with("explicit")) == Open + interval + Close);
    CHECK(get(peer, xpath(port), with("report-all"))
        == Open + "<enabled>true</enabled>" + interval + "<mode>on-change</mode>" + Close);
    CHECK(get(peer, xpath(port), with("report-all-tagged"))
        == "<data><femto-security "
           "xmlns=\"urn:femtowatch:yang:femto-security\"><collection><category>"
           "<type xmlns:fst=\"urn:femtowatch:yang:femto-security-types\">fst:open-ports</type>"
           "<enabled xmlns:ncwd=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\" "
           "ncwd:default=\"true\">true</enabled>"
            + interval
            + "<mode xmlns:ncwd=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\" "
              "ncwd:default=\"true\">on-change</mode>"
            + Close);
    CHECK(peer.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
                         "<enabled>true</enabled></collection></femto-security>"))
        == "<ok/>");
    const std::string enabled = "/fs:femto-security/fs:collection/fs:enabled";
    CHECK(get(peer, xpath(enabled)).find("<enabled>true</enabled>") != std::string::npos);
    CHECK(get(peer, xpath(enabled), with("trim")).find("<enabled>") == std::string::npos);
    CHECK(get(peer, "", with("frobnicate")).find("invalid-value") != std::string::npos);
}
