#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Urn = "urn:femtowatch:yang:femto-security";

std::string collection(const std::string& content)
{
    return "<femto-security " + Fs + "><collection>" + content + "</collection></femto-security>";
}

std::string category(
    const std::string& name, const std::string& content, const std::string& attributes = {})
{
    return collection("<category " + attributes
        + "><type xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:" + name + "</type>"
        + content + "</category>");
}

/// What get-config has of <collection> below the container, without the namespace.
std::string in(Peer& peer, const std::string& path)
{
    std::string all = config(peer, "/fs:femto-security/fs:collection/" + path);
    const std::string begin = "<femto-security " + Fs + "><collection>";
    const std::string end = "</collection></femto-security>";
    if (all.compare(0, begin.size(), begin) != 0) {
        return all;
    }
    return all.substr(begin.size(), all.size() - begin.size() - end.size());
}

/// An entry of the list, by its key.
std::string one(const std::string& name)
{
    return "fs:category[fs:type='femto-security-types:" + name + "']";
}

std::string error(const std::string& type, const std::string& tag, const std::string& path,
    const std::string& message, const std::string& info = {}, const std::string& appTag = {})
{
    return rpcError(
        type, tag, message, info, appTag, path.empty() ? "" : "fs=\"" + Urn + "\">" + path);
}

const std::string C = "/fs:femto-security/fs:collection";

} // namespace

TEST_CASE("RFC 6241, 7.2: merge sets, replace replaces, and both are stored before ok")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(edit(collection("<node-id>a</node-id>"
                                    "<heartbeat-interval>30</heartbeat-interval>")))
        == "<ok/>");
    CHECK(
        in(peer, "*[not(*)]") == "<node-id>a</node-id><heartbeat-interval>30</heartbeat-interval>");
    CHECK(fd::readFile(node.folder.path + "/running.json", 1u << 20).find("\"node-id\": \"a\"")
        != std::string::npos);
    CHECK(peer.call(edit(collection("<node-id nc:operation=\"replace\">b</node-id>"))) == "<ok/>");
    CHECK(
        peer.call(edit(category("open-ports", "<mode>periodic</mode>", "nc:operation=\"replace\"")))
        == "<ok/>");
    CHECK(in(peer, one("password-configuration"))
        == "<category><type xmlns:fst=\"urn:femtowatch:yang:femto-security-types\">"
           "fst:password-configuration</type><sampling-interval>60</sampling-interval></category>");
    CHECK(in(peer, "fs:category[fs:mode='periodic']")
        == "<category><type xmlns:fst=\"urn:femtowatch:yang:femto-security-types\">"
           "fst:open-ports</type><mode>periodic</mode></category>");
    node.restart();
    Peer again(node, "sec");
    CHECK(in(again, "fs:node-id") == "<node-id>b</node-id>");
}

TEST_CASE("RFC 6241, 7.2: create refuses what exists, delete what does not, remove neither")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(edit(category("open-ports", "", "nc:operation=\"create\"")))
        == error("application", "data-exists",
            C + "/fs:category[fs:type='femto-security-types:open-ports']", "it exists already"));
    CHECK(peer.call(edit(category("open-ports", "", "nc:operation=\"delete\""))) == "<ok/>");
    CHECK(peer.call(edit(category("open-ports", "", "nc:operation=\"delete\"")))
        == error("application", "data-missing",
            C + "/fs:category[fs:type='femto-security-types:open-ports']",
            "there is nothing to delete"));
    CHECK(peer.call(edit(category("open-ports", "", "nc:operation=\"remove\""))) == "<ok/>");
    CHECK(peer.call(edit(category(
              "open-ports", "<period>9</period><mode>periodic</mode>", "nc:operation=\"create\"")))
        == "<ok/>");
    // a leaf is deleted without its value, too, whatever its type
    CHECK(peer.call(edit(category("open-ports", "<period nc:operation=\"delete\"/>"))) == "<ok/>");
    CHECK(peer.call(edit(category("open-ports", "<period nc:operation=\"delete\"/>")))
        == error("application", "data-missing",
            C + "/fs:category[fs:type='femto-security-types:open-ports']/fs:period",
            "there is nothing to delete"));
    // a default is not there (basic mode explicit)
    CHECK(peer.call(edit(collection("<enabled nc:operation=\"delete\">true</enabled>")))
        == error("application", "data-missing", C + "/fs:enabled", "there is nothing to delete"));
    CHECK(
        peer.call(edit(collection("<enabled nc:operation=\"create\">true</enabled>"))) == "<ok/>");
    CHECK(peer.call(edit(collection("<enabled nc:operation=\"create\">true</enabled>")))
        == error("application", "data-exists", C + "/fs:enabled", "it exists already"));
}

TEST_CASE("RFC 7950, 7.8.6: an entry does not lose its key")
{
    Node node;
    Peer peer(node, "sec");
    const std::string before = config(peer, "/fs:femto-security");
    // The second one is no value of the type, so that it comes as a leaf to be deleted.
    for (const char* const key :
        { "<type nc:operation=\"delete\"/>", "<type nc:operation=\"remove\"> </type>" }) {
        const std::string answer = peer.call(edit(category("open-ports", key)));
        CHECK(answer.find("<error-tag>invalid-value</error-tag>") != answer.npos);
        CHECK(config(peer, "/fs:femto-security") == before);
    }
}

TEST_CASE("RFC 6241, 7.2: default-operation none changes only what says so")
{
    Node node;
    Peer peer(node, "sec");
    const std::string none = "<default-operation>none</default-operation>";
    CHECK(peer.call(edit(category("open-ports",
                             "<sampling-interval nc:operation=\"merge\">9</sampling-interval>"),
              none))
        == "<ok/>");
    CHECK(in(peer, one("open-ports") + "/fs:sampling-interval").find("<sampling-interval>9<")
        != std::string::npos);
    CHECK(peer.call(edit(category("remote-login", "<period>9</period>"), none))
        == error("application", "data-missing",
            C + "/fs:category[fs:type='femto-security-types:remote-login']/fs:period",
            "it does not exist"));
}

TEST_CASE("RFC 8341, 3.4.5: default-operation replace needs the right to delete the rest")
{
    Node node;
    Peer peer(node, "sec");
    const std::string replace = "<default-operation>replace</default-operation>";
    CHECK(peer.call(edit(collection("<node-id>x</node-id>"), replace)).find("access-denied")
        != std::string::npos);
    CHECK(in(peer, "fs:node-id").empty());
}

TEST_CASE("RFC 7950, 7.8.6: user-ordered entries go where they are told")
{
    Node node;
    Peer peer(node, "sec");
    const auto includes = [&] {
        std::string out;
        const std::string all = in(peer, one("software-integrity") + "/fs:include");
        for (size_t at = all.find("<include>"); at != all.npos;
             at = all.find("<include>", at + 1)) {
            out += all.substr(at + 9, all.find('<', at + 9) - at - 9) + " ";
        }
        return out;
    };
    const auto change = [&](const std::string& content) {
        return peer.call(edit(category("software-integrity", content)));
    };
    CHECK(change("<include>/usr/bin</include><include>/usr/sbin</include>") == "<ok/>");
    CHECK(change("<include yang:insert=\"first\">/a</include>") == "<ok/>");
    CHECK(
        change("<include yang:insert=\"before\" yang:value=\"/usr/sbin\">/b</include>") == "<ok/>");
    CHECK(change("<include yang:insert=\"after\" yang:value=\"/a\">/c</include>") == "<ok/>");
    CHECK(change("<include>/d</include>") == "<ok/>");
    CHECK(includes() == "/a /c /usr/bin /b /usr/sbin /d ");
    CHECK(change("<include yang:insert=\"last\">/a</include>") == "<ok/>");
    CHECK(includes() == "/c /usr/bin /b /usr/sbin /d /a ");
    CHECK(peer.call(edit(category("software-integrity",
              "<include>/b</include><include>/a</include><include>/z</include>",
              "nc:operation=\"replace\"")))
        == "<ok/>");
    CHECK(includes() == "/b /a /z ");
    const std::string path
        = C + "/fs:category[fs:type='femto-security-types:software-integrity']/fs:include[.='/q']";
    CHECK(change("<include yang:insert=\"before\" yang:value=\"/nope\">/q</include>")
        == error("application", "bad-attribute", path, "there is no entry /nope to stand beside",
            "", "missing-instance"));
    CHECK(change("<include yang:insert=\"before\">/q</include>")
        == error("application", "missing-attribute", path,
            "it must be said which entry to stand beside",
            "<bad-attribute>value</bad-attribute><bad-element>include</bad-element>"));
    CHECK(includes() == "/b /a /z ");
}

TEST_CASE("RFC 6241, 7.2: what is wrong in an edit is named")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(edit(collection("<heartbeat-interval>3</heartbeat-interval>")))
        == error("application", "invalid-value", C + "/fs:heartbeat-interval",
            "Unsatisfied range - value &quot;3&quot; is out of the allowed range."));
    CHECK(peer.call(edit(collection("<bogus/>")))
        == error("application", "unknown-element", C + "/fs:bogus",
            "there is no element &quot;bogus&quot; here", "<bad-element>bogus</bad-element>"));
    CHECK(peer.call(edit(collection("<bogus xmlns=\"urn:y\"/>")))
        == error("application", "unknown-namespace", C, "namespace &quot;urn:y&quot; is not known",
            "<bad-element>bogus</bad-element><bad-namespace>urn:y</bad-namespace>"));
    CHECK(peer.call(edit(collection("<category><period>3</period></category>")))
        == error("application", "missing-element", C + "/fs:category", "the key type is missing",
            "<bad-element>type</bad-element>"));
    CHECK(peer.call(edit("<femto-security " + Fs + "><status/></femto-security>"))
        == error("application", "unknown-element", "/fs:femto-security/fs:status",
            "state data cannot be configured", "<bad-element>status</bad-element>"));
    CHECK(peer.call(edit(category("open-ports", "<period>3</period>")))
        == error("application", "unknown-element",
            C + "/fs:category[fs:type='femto-security-types:open-ports']/fs:period",
            "When condition &quot;contains(../mode, 'periodic')&quot; not satisfied.",
            "<bad-element>period</bad-element>"));
    CHECK(peer.call(edit(collection("<node-id nc:operation=\"frobnicate\">x</node-id>")))
              .find("<error-tag>invalid-value</error-tag>")
        != std::string::npos);
    CHECK(peer.call(edit("text")).find("<error-tag>bad-element</error-tag>") != std::string::npos);
}

TEST_CASE("RFC 6241, 8.5: an edit that fails changes nothing, whatever the error-option")
{
    Node node;
    Peer peer(node, "sec");
    const std::string before = config(peer, "/*");
    for (const char* const option : { "stop-on-error", "continue-on-error", "rollback-on-error" }) {
        CAPTURE(option);
        const std::string reply = peer.call(edit(
            collection("<node-id>x</node-id><bogus/><heartbeat-interval>1</heartbeat-interval>"),
            "<error-option>" + std::string(option) + "</error-option>"));
        const bool all = std::string(option) == "continue-on-error";
        CHECK((reply.find("heartbeat-interval") != reply.npos) == all);
        CHECK(reply.find("bogus") != reply.npos);
        CHECK(config(peer, "/*") == before);
    }
    CHECK_FALSE(std::filesystem::exists(node.folder.path + "/running.json"));
}

TEST_CASE("RFC 6241, 8.6: test-only tests, set sets")
{
    Node node;
    Peer peer(node, "sec");
    const std::string change = collection("<node-id>x</node-id>");
    CHECK(peer.call(edit(change, "<test-option>test-only</test-option>")) == "<ok/>");
    CHECK(in(peer, "fs:node-id").empty());
    CHECK(peer.call(edit(collection("<node-id/>"), "<test-option>test-only</test-option>"))
              .find("invalid-value")
        != std::string::npos);
    CHECK(peer.call(edit(change, "<test-option>set</test-option>")) == "<ok/>");
    CHECK(in(peer, "fs:node-id") == "<node-id>x</node-id>");
}

TEST_CASE("RFC 6241, 8.6: validate takes running or a whole configuration")
{
    Node node;
    Peer peer(node, "sec");
    const auto validate = [&](const std::string& source) {
        return peer.call("<validate><source>" + source + "</source></validate>");
    };
    CHECK(validate("<running/>") == "<ok/>");
    CHECK(validate("<config>" + collection("<node-id>x</node-id>") + "</config>") == "<ok/>");
    CHECK(validate("<config>" + category("open-ports", "<period>3</period>") + "</config>")
              .find("unknown-element")
        != std::string::npos);
    CHECK(validate("<config><agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><listen>"
                   "<endpoint><name>a</name></endpoint></listen></agent-access></config>")
              .find("<error-tag>data-missing</error-tag>")
        != std::string::npos);
}
