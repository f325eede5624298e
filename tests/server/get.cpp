#include "tests/server/peer.h"

#include <catch2/catch.hpp>

namespace {

std::string get(Peer& peer, const std::string& filter, const std::string& more = {})
{
    return peer.call("<get>" + filter + more + "</get>");
}

std::string xpath(const std::string& select)
{
    return "<filter type=\"xpath\" select=\"" + select
        + "\" xmlns:fs=\"urn:femtowatch:yang:femto-security\" "
          "xmlns:m=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\" "
          "xmlns:l=\"urn:ietf:params:xml:ns:yang:ietf-yang-library\" "
          "xmlns:n=\"urn:ietf:params:xml:ns:netmod:notification\"/>";
}

std::string with(const std::string& mode)
{
    return "<with-defaults xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\">" + mode
        + "</with-defaults>";
}

/// Times differ from run to run.
std::string steady(std::string text)
{
    for (size_t at = 0; (at = text.find('T', at)) != text.npos; ++at) {
        if (at >= 10 && text[at - 3] == '-' && text[at - 6] == '-') {
            text.replace(at - 10, text.find('<', at) + 10 - at, "TIME");
        }
    }
    return text;
}

const std::string Open = "<data><femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
                         "<collection><category><type xmlns:fst=\"urn:femtowatch:yang:femto-"
                         "security-types\">fst:open-ports</type>";
const std::string Close = "</category></collection></femto-security></data>";
const std::string Ports = "/fs:femto-security/fs:collection/fs:category[fs:type='femto-security-"
                          "types:open-ports']";

} // namespace

TEST_CASE("an empty filter selects nothing, an unknown name nothing")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(get(peer, "<filter type=\"subtree\"/>") == "<data/>");
    CHECK(get(peer, "<filter/>") == "<data/>");
    CHECK(get(peer, "<filter type=\"subtree\"><nothing xmlns=\"urn:y\"/></filter>") == "<data/>");
    CHECK(get(peer, xpath("/fs:femto-security/fs:inventory/fs:extension")) == "<data/>");
}

TEST_CASE("get joins configuration and state under one container")
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

TEST_CASE("defaults are reported as asked for (RFC 6243)")
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

TEST_CASE("netconf-state tells sessions, locks and counters")
{
    Node node;
    Peer one(node, "eng");
    Peer two(node, "sec");
    CHECK(two.call("<lock><target><running/></target></lock>") == "<ok/>");
    CHECK(one.call("<frobnicate/>").find("operation-not-supported") != std::string::npos);
    const std::string begin = "<data><netconf-state xmlns=\"urn:ietf:params:xml:ns:yang:ietf-"
                              "netconf-monitoring\">";
    CHECK(steady(get(one, xpath("/m:netconf-state/m:sessions | /m:netconf-state/m:datastores")))
        == begin
            + "<datastores><datastore><name>running</name><locks><global-lock><locked-by-session>2"
              "</locked-by-session><locked-time>TIME</locked-time></global-lock></locks></"
              "datastore>"
              "<datastore><name>candidate</name></datastore></"
              "datastores><sessions><session><session-id>1</session-id><transport "
              "xmlns:ncm=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">ncm:netconf-ssh"
              "</transport><username>eng</username><source-host>192.0.2.7</source-host><login-time>"
              "TIME</login-time><in-rpcs>1</in-rpcs><in-bad-rpcs>1</in-bad-rpcs><out-rpc-errors>1"
              "</out-rpc-errors><out-notifications>0</out-notifications></session><session>"
              "<session-id>2</session-id><transport "
              "xmlns:ncm=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">ncm:netconf-ssh</"
              "transport><username>sec</username>"
              "<source-host>192.0.2.7</source-host><login-time>TIME</login-time><in-rpcs>1</"
              "in-rpcs>"
              "<in-bad-rpcs>0</in-bad-rpcs><out-rpc-errors>0</out-rpc-errors><out-notifications>0"
              "</out-notifications></session></sessions></netconf-state></data>");
    CHECK(two.call("<close-session/>") == "<ok/>");
    CHECK(steady(get(one, xpath("/m:netconf-state/m:statistics")))
        == begin
            + "<statistics><netconf-start-time>TIME</netconf-start-time><in-bad-hellos>0"
              "</in-bad-hellos><in-sessions>2</in-sessions><dropped-sessions>0</dropped-sessions>"
              "<in-rpcs>4</in-rpcs><in-bad-rpcs>1</in-bad-rpcs><out-rpc-errors>1</out-rpc-errors>"
              "<out-notifications>0</out-notifications></statistics></netconf-state></data>");
    CHECK(get(one, xpath("/m:netconf-state/m:schemas/m:schema[m:identifier='femto-security']"))
        == begin
            + "<schemas><schema><identifier>femto-security</identifier><version>2026-11-24</"
              "version>"
              "<format "
              "xmlns:ncm=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">ncm:yang</"
              "format><namespace>urn:femtowatch:yang:femto-security</namespace>"
              "<location>NETCONF</location></schema></schemas></netconf-state></data>");
}

TEST_CASE("yang-library has the content-id of the hello, and modules-state for old clients")
{
    Node node;
    Peer peer(node, "oam");
    const size_t at = peer.hello.find("content-id=") + 11;
    const std::string id = peer.hello.substr(at, peer.hello.find('<', at) - at);
    CHECK(get(peer, xpath("/l:yang-library/l:content-id"))
        == "<data><yang-library "
           "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-yang-library\"><content-id>"
            + id + "</content-id></yang-library></data>");
    const std::string state
        = get(peer, xpath("/l:modules-state/l:module[l:name='femto-security']"));
    CHECK(state.find("<conformance-type>implement</conformance-type>") != std::string::npos);
    CHECK(state.find("<feature>process-detail</feature>") != std::string::npos);
}

TEST_CASE("the event streams are listed")
{
    Node node;
    Peer peer(node, "oam");
    CHECK(steady(get(peer,
              "<filter><netconf xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>"
              "</filter>"))
        == "<data><netconf xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"><streams><stream>"
           "<name>NETCONF</name><description>All notifications; those of femto-security are logged "
           "for replay.</description><replaySupport>true</replaySupport><replayLogCreationTime>TIME"
           "</replayLogCreationTime></stream><stream><name>femto-security</"
           "name><description>Reports "
           "of the security configuration collection.</description><replaySupport>true"
           "</replaySupport><replayLogCreationTime>TIME</replayLogCreationTime></stream></streams>"
           "</netconf></data>");
}
