// Subscription to YANG notifications for datastore updates (YANG-Push), by NETCONF as RFC 8640
// says.
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;

const std::string Ds = "xmlns:ds=\"urn:ietf:params:xml:ns:yang:ietf-datastores\"";

std::string establish(const std::string& trigger, const std::string& filter,
    const std::string& datastore = "operational")
{
    return "<establish-subscription " + Sn + "><datastore " + Yp + " " + Ds + ">ds:" + datastore
        + "</datastore>" + filter + trigger + "</establish-subscription>";
}

std::string id(const std::string& number)
{
    return "<id " + Sn + ">" + number + "</id>";
}

std::string subtree(const std::string& inner)
{
    return "<datastore-subtree-filter " + Yp + "><femto-security " + Fs + ">" + inner
        + "</femto-security></datastore-subtree-filter>";
}

std::string onChange(const std::string& inner = {})
{
    return "<on-change " + Yp + ">" + inner + "</on-change>";
}

std::string periodic(const std::string& inner)
{
    return "<periodic " + Yp + ">" + inner + "</periodic>";
}

std::string update(const std::string& number, const std::string& content)
{
    return "<push-update " + Yp + "><id>" + number + "</id>"
        + (content.empty() ? "<datastore-contents/>"
                           : "<datastore-contents><femto-security " + Fs + ">" + content
                    + "</femto-security></datastore-contents>")
        + "</push-update>";
}

struct Edited {
    std::string operation;
    std::string target;
    std::string value {};
};

std::string change(
    const std::string& number, const std::string& patch, const std::vector<Edited>& edits)
{
    std::string out = "<push-change-update " + Yp + "><id>" + number
        + "</id><datastore-changes><yang-patch><patch-id>" + patch + "</patch-id>";
    size_t count = 0;
    for (const Edited& edit : edits) {
        out += "<edit><edit-id>" + std::to_string(++count) + "</edit-id><operation>"
            + edit.operation + "</operation><target>" + edit.target + "</target>"
            + (edit.value.empty() ? "" : "<value>" + edit.value + "</value>") + "</edit>";
    }
    return out + "</yang-patch></datastore-changes></push-change-update>";
}

const std::string Users = subtree("<inventory><user-permissions/></inventory>");
const std::string Base = "/femto-security:femto-security/inventory/user-permissions";

std::string users(const std::string& inner)
{
    return "<inventory><user-permissions>" + inner + "</user-permissions></inventory>";
}

std::string datastoreError(const std::string& tag, const std::string& identity,
    const std::string& message, const std::string& hints = {})
{
    return rpcError("application", tag, message,
        "<establish-subscription-datastore-error-info " + Yp
            + "><reason xmlns:r=\"urn:ietf:params:xml:ns:yang:ietf-yang-push\">r:" + identity
            + "</reason>" + hints + "</establish-subscription-datastore-error-info>",
        "ietf-yang-push:" + identity);
}

} // namespace

TEST_CASE("RFC 8641, 3.7: on change, all at first and then what is other")
{
    Node node;
    Peer peer(node, "sec");
    collected(node, "user-permissions", R"("user":[{"name":"a","uid":0},{"name":"b","uid":7}])");
    CHECK(peer.call(establish(onChange(), Users)) == id("1"));
    CHECK(nextEvent(peer)
        == update("1",
            users(
                "<user><name>a</name><uid>0</uid></user><user><name>b</name><uid>7</uid></user>")));
    collected(node, "user-permissions",
        R"("user":[{"name":"a","uid":0,"shell":"/bin/sh"},{"name":"b","uid":8},)"
        R"({"name":"c d/e","uid":9}])");
    CHECK(nextEvent(peer)
        == change("1", "0",
            { { "create", Base + "/user=a/shell", "<shell " + Fs + ">/bin/sh</shell>" },
                { "replace", Base + "/user=b/uid", "<uid " + Fs + ">8</uid>" },
                { "create", Base + "/user=c%20d%2Fe",
                    "<user " + Fs + "><name>c d/e</name><uid>9</uid></user>" } }));
    collected(node, "user-permissions", R"("user":[{"name":"a","uid":0,"shell":"/bin/sh"}])");
    CHECK(nextEvent(peer)
        == change(
            "1", "1", { { "delete", Base + "/user=b" }, { "delete", Base + "/user=c%20d%2Fe" } }));
}

TEST_CASE("RFC 8641, 3.3: changes within the dampening period are told together, their last state")
{
    Node node;
    Peer peer(node, "sec");
    collected(node, "user-permissions", R"("user":[{"name":"a","uid":0}])");
    CHECK(peer.call(establish(onChange("<dampening-period>50</dampening-period>"
                                       "<sync-on-start>false</sync-on-start>"),
              Users))
        == id("1"));
    const auto uid = [&](const std::string& value) {
        collected(node, "user-permissions", R"("user":[{"name":"a","uid":)" + value + "}]");
    };
    const auto replaced = [](const std::string& patch, const std::string& value) {
        return change("1", patch,
            { { "replace", Base + "/user=a/uid", "<uid " + Fs + ">" + value + "</uid>" } });
    };
    const auto first = std::chrono::steady_clock::now();
    uid("1");
    CHECK(nextEvent(peer) == replaced("0", "1"));
    uid("2");
    uid("3");
    CHECK(nextEvent(peer) == replaced("1", "3"));
    CHECK(std::chrono::steady_clock::now() - first >= 500ms);
    uid("4");
    uid("3"); // nothing has changed in the end
    uid("3");
    uid("5");
    CHECK(nextEvent(peer) == replaced("2", "5"));
}

TEST_CASE("RFC 8641, 3.3: changes of the configuration, and what is excluded")
{
    Node node;
    Peer peer(node, "sec");
    const std::string filter = subtree("<collection><heartbeat-interval/></collection>");
    CHECK(peer.call(
              establish(onChange("<excluded-change>delete</excluded-change>"), filter, "running"))
        == id("1"));
    CHECK(nextEvent(peer) == update("1", "<collection/>"));
    CHECK(peer.call(edit(heartbeat("61"))) == "<ok/>");
    CHECK(nextEvent(peer)
        == change("1", "0",
            { { "create", "/femto-security:femto-security/collection/heartbeat-interval",
                "<heartbeat-interval " + Fs + ">61</heartbeat-interval>" } }));
    CHECK(peer.call(edit("<femto-security " + Fs
              + "><collection><heartbeat-interval nc:operation=\"delete\"/></collection>"
                "</femto-security>"))
        == "<ok/>");
    CHECK(peer.call(edit(heartbeat("62"))) == "<ok/>");
    CHECK(nextEvent(peer).find("<operation>create</operation>") != std::string::npos);
    const std::string excluded
        = establish(onChange("<excluded-change>move</excluded-change>"), filter, "running");
    CHECK(peer.call(excluded)
        == datastoreError("operation-not-supported", "cant-exclude",
            "entries that change places are told as a change of what is around them"));
}

TEST_CASE("RFC 8641, 3.2: periodic updates, also empty ones")
{
    Node node;
    Peer peer(node, "sec");
    const auto start = std::chrono::steady_clock::now();
    CHECK(peer.call(establish(periodic("<period>100</period>"), Users)) == id("1"));
    CHECK(nextEvent(peer) == update("1", ""));
    collected(node, "user-permissions", R"("user":[{"name":"a","uid":0}])");
    const std::string all = update("1", users("<user><name>a</name><uid>0</uid></user>"));
    CHECK(nextEvent(peer) == all);
    CHECK(nextEvent(peer) == all);
    CHECK(std::chrono::steady_clock::now() - start >= 2s);
    CHECK(peer.call(establish(periodic("<period>5</period>"), Users))
        == datastoreError("invalid-value", "period-unsupported",
            "the shortest period is 100 centiseconds", "<period-hint>100</period-hint>"));
}

TEST_CASE("RFC 8641, 3.2: with an anchor updates are whole periods from it")
{
    Node node;
    Peer peer(node, "sec");
    const auto now = std::chrono::system_clock::now();
    const std::string anchor = wall::dateAndTime(now - 1h + 3s); // then, and each minute
    CHECK(peer.call(establish(
              periodic("<period>6000</period><anchor-time>" + anchor + "</anchor-time>"), Users))
        == id("1"));
    CHECK(nextEvent(peer) == update("1", ""));
    const auto after = std::chrono::system_clock::now() - now;
    CHECK(after > 2900ms);
    CHECK(after < 40s);
}

TEST_CASE("RFC 8641, 3.2: an anchor may be centuries away")
{
    Node node;
    Peer peer(node, "sec");
    int number = 0;
    for (const char* const anchor : { "1700-01-01T00:00:00Z", "2250-01-01T00:00:00Z" }) {
        const std::string own = std::to_string(++number);
        CHECK(peer.call(establish(periodic("<period>100</period><anchor-time>" + std::string(anchor)
                                      + "</anchor-time>"),
                  Users))
            == id(own));
        CHECK(nextEvent(peer) == update(own, ""));
        CHECK(
            peer.call("<delete-subscription " + Sn + "><id>" + own + "</id></delete-subscription>")
            == "<ok/>");
        peer.notifications.clear();
    }
}

TEST_CASE("RFC 8641, 4.4: modify, resync, delete")
{
    Node node;
    Peer peer(node, "sec");
    Peer other(node, "sec");
    collected(node, "user-permissions",
        R"("user":[{"name":"a","uid":0}],"group":[{"name":"g","gid":1}])");
    const std::string groups = subtree("<inventory><user-permissions><group/></user-permissions>"
                                       "</inventory>");
    CHECK(
        peer.call(establish(onChange("<sync-on-start>false</sync-on-start>"), groups)) == id("1"));
    const std::string resync = "<resync-subscription " + Yp + "><id>1</id></resync-subscription>";
    const std::string group = users("<group><name>g</name><gid>1</gid></group>");
    CHECK(peer.call(resync) == "<ok/>");
    CHECK(nextEvent(peer) == update("1", group));
    CHECK(other.call(resync)
        == rpcError("application", "invalid-value",
            "this session has no subscription 1 that is told of changes",
            "<resync-subscription-error " + Yp
                + "><reason xmlns:r=\"urn:ietf:params:xml:ns:yang:ietf-yang-push\">r:"
                  "no-such-subscription-resync</reason></resync-subscription-error>",
            "ietf-yang-push:no-such-subscription-resync"));
    const auto modify = [&](const std::string& what) {
        return peer.call("<modify-subscription " + Sn + "><id>1</id><datastore " + Yp + " " + Ds
            + ">ds:operational</datastore>" + what + "</modify-subscription>");
    };
    CHECK(modify(periodic("<period>100</period>"))
        == rpcError("application", "invalid-value", "a subscription stays periodic, or on change",
            "<bad-element>periodic</bad-element>"));
    CHECK(modify(subtree("<inventory><user-permissions><user/></user-permissions></inventory>"))
        == "<ok/>");
    CHECK(peer.call(resync) == "<ok/>");
    CHECK(nextEvent(peer) == update("1", users("<user><name>a</name><uid>0</uid></user>")));
    CHECK(peer.call("<delete-subscription " + Sn + "><id>1</id></delete-subscription>") == "<ok/>");
    collected(node, "user-permissions", R"("user":[{"name":"a","uid":1}])");
    CHECK(peer.call("<get><filter><none/></filter></get>") == "<data/>");
    CHECK(peer.notifications.empty());
}

TEST_CASE("RFC 8641, 3.11: what a user may no longer read is told as deleted")
{
    Node node(R"({"ietf-netconf-acm:nacm":{"write-default":"permit","groups":{"group":[
        {"name":"secmf","user-name":["sec"]},{"name":"engineer","user-name":["eng"]}]},
        "rule-list":[{"name":"secmf","rule":[{"name":"all","access-operations":"*",
        "action":"permit"}]}]}})");
    Peer peer(node, "eng");
    Peer sec(node, "sec");
    collected(node, "user-permissions", R"("user":[{"name":"a","uid":0}])");
    CHECK(peer.call(establish(onChange(), Users)) == id("1"));
    CHECK(nextEvent(peer) == update("1", users("<user><name>a</name><uid>0</uid></user>")));
    CHECK(sec.call(edit("<nacm xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-acm\"><rule-list>"
                        "<name>engineer</name><rule nc:operation=\"delete\"><name>own-module</name>"
                        "</rule></rule-list></nacm>"))
        == "<ok/>");
    CHECK(nextEvent(peer) == change("1", "0", { { "delete", "/femto-security:femto-security" } }));
    // And it cannot be had back by asking for all of it.
    CHECK(peer.call("<resync-subscription " + Yp + "><id>1</id></resync-subscription>") == "<ok/>");
    CHECK(nextEvent(peer) == update("1", ""));
}

TEST_CASE("RFC 8641, 4.4.1: what is refused, and why")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(establish(onChange(), Users, "candidate"))
        == datastoreError("invalid-value", "datastore-not-subscribable",
            "there are subscriptions to running and operational, not to &quot;"
            "ietf-datastores:candidate&quot;"));
    const std::string wrong = peer.call(establish(
        onChange(), "<datastore-xpath-filter " + Yp + ">/nothing[</datastore-xpath-filter>"));
    CHECK(wrong.find("<error-tag>invalid-value</error-tag>") != wrong.npos);
    CHECK(peer.call(establish(onChange(),
              "<datastore-subtree-filter " + Yp
                  + "><netconf-state xmlns=\"urn:ietf:params:xml:ns:yang:"
                    "ietf-netconf-monitoring\"/></datastore-subtree-filter>"))
        == datastoreError("operation-not-supported", "on-change-unsupported",
            "what the filter selects changes all the time: it can be had in periods"));
    const std::string number
        = "<datastore-xpath-filter " + Yp + ">count(//*)</datastore-xpath-filter>";
    for (const std::string& trigger : { onChange(), periodic("<period>100</period>") }) {
        const std::string refused = peer.call(establish(trigger, number));
        CAPTURE(refused);
        CHECK(refused.find("subscribed-notifications:filter-unsupported</error-app-tag>")
            != refused.npos);
        CHECK(refused.find("<filter-failure-hint>") != refused.npos);
    }
    CHECK(peer.call(establish("", Users))
        == rpcError("application", "invalid-value",
            "whether updates are periodic or on change is not said",
            "<bad-element>period</bad-element>"));
}

TEST_CASE("RFC 8641, 5: subscriptions are shown as they were asked for")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(establish(onChange("<dampening-period>50</dampening-period>"
                                       "<sync-on-start>false</sync-on-start>"
                                       "<excluded-change>create</excluded-change>"),
              Users))
        == id("1"));
    CHECK(peer.call(establish(periodic("<period>6000</period>"
                                       "<anchor-time>2026-01-01T00:00:00Z</anchor-time>"),
              Users, "running"))
        == id("2"));
    const std::string shown = peer.call("<get><filter><subscriptions " + Sn + "/></filter></get>");
    INFO(shown);
    for (const std::string one : { "<period>6000</period>", "2026-01-01T00:00:00",
             "<dampening-period>50</dampening-period>", "<sync-on-start>false</sync-on-start>",
             "<excluded-change>create</excluded-change>", "ds:running</datastore>" }) {
        CAPTURE(one);
        CHECK(shown.find(one) != shown.npos);
    }
    CHECK(peer.call("<close-session/>") == "<ok/>");
    CHECK(node.core->push.rows().empty());
}
