// get-data and edit-data of the Network Management Datastore Architecture.
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Nmda = "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-nmda\"";

std::string getData(const std::string& datastore, const std::string& more = {})
{
    return "<get-data " + Nmda
        + "><datastore xmlns:ds=\"urn:ietf:params:xml:ns:yang:ietf-datastores\">ds:" + datastore
        + "</datastore>" + more + "</get-data>";
}

std::string editData(
    const std::string& datastore, const std::string& config, const std::string& more = {})
{
    return "<edit-data " + Nmda
        + "><datastore xmlns:ds=\"urn:ietf:params:xml:ns:yang:ietf-datastores\">ds:" + datastore
        + "</datastore>" + more + "<config>" + config + "</config></edit-data>";
}

std::string data(const std::string& inner)
{
    return inner.empty() ? "<data " + Nmda + "/>" : "<data " + Nmda + ">" + inner + "</data>";
}

std::string subtree(const std::string& inner)
{
    return "<subtree-filter><femto-security " + Fs + ">" + inner
        + "</femto-security></subtree-filter>";
}

std::string top(const std::string& inner)
{
    return "<femto-security " + Fs + ">" + inner + "</femto-security>";
}

const std::string Heartbeat = subtree("<collection><heartbeat-interval/></collection>");

} // namespace

TEST_CASE("RFC 8526, 3.1.1: get-data of running, candidate and operational")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(getData("running", Heartbeat)) == data(top("<collection/>")));
    CHECK(peer.call(getData("operational", Heartbeat)) // where values in use are shown
        == data(top("<collection><heartbeat-interval>60</heartbeat-interval></collection>")));
    CHECK(peer.call(editData("candidate", heartbeat("61"))) == "<ok/>");
    CHECK(peer.call(getData("candidate", Heartbeat))
        == data(top("<collection><heartbeat-interval>61</heartbeat-interval></collection>")));
    CHECK(peer.call(getData("running", Heartbeat)) == data(top("<collection/>")));
    CHECK(peer.call("<commit/>") == "<ok/>");
    CHECK(peer.call(getData("intended", Heartbeat))
        == data(top("<collection><heartbeat-interval>61</heartbeat-interval></collection>")));
    const std::string none = rpcError("application", "invalid-value",
        "there is no datastore &quot;ietf-datastores:startup&quot; here",
        "<bad-element>datastore</bad-element>");
    CHECK(peer.call(getData("startup")) == none);
    CHECK(peer.call(editData("startup", heartbeat("5"))) == none);
}

TEST_CASE("RFC 8526, 3.1.1: config-filter")
{
    Node node;
    Peer peer(node, "eng");
    collected(node, "open-ports",
        R"("port":[{"network-namespace":"host",)"
        R"("protocol":"femto-security-types:tcp",)"
        R"("local-address":"::","local-port":22}])");
    const std::string filter = subtree("<collection><category/></collection><inventory/>");
    const std::string config
        = peer.call(getData("operational", filter + "<config-filter>true</config-filter>"));
    CHECK(config.find("<collection>") != config.npos);
    CHECK(config.find("<inventory>") == config.npos);
    const std::string state
        = peer.call(getData("operational", filter + "<config-filter>false</config-filter>"));
    CHECK(state
        == data(top("<inventory><open-ports><port><network-namespace>host</network-namespace>"
                    "<protocol xmlns:fst=\"urn:femtowatch:yang:femto-security-types\">fst:tcp"
                    "</protocol><local-address>::</local-address><local-port>22</local-port></port>"
                    "</open-ports></inventory>")));
    CHECK(
        peer.call(getData("running", filter + "<config-filter>false</config-filter>")) == data(""));
}

TEST_CASE("RFC 8526, 3.1.1: max-depth counts from what the filter selects")
{
    Node node;
    Peer peer(node, "eng");
    collected(node, "user-permissions",
        R"("user":[{"name":"a","uid":0,"shell":"/bin/sh"}],"group":[{"name":"g","gid":1}])");
    const auto depth = [&](const std::string& filter, const char* levels) {
        return peer.call(
            getData("operational", filter + "<max-depth>" + std::string(levels) + "</max-depth>"));
    };
    const std::string users = subtree("<inventory><user-permissions/></inventory>");
    CHECK(depth(users, "1") == data(top("<inventory><user-permissions/></inventory>")));
    CHECK(depth(users, "2")
        == data(top("<inventory><user-permissions><user><name>a</name></user><group><name>g</name>"
                    "</group></user-permissions></inventory>")));
    CHECK(depth(users, "unbounded").find("<shell>/bin/sh</shell>") != std::string::npos);
    const std::string xpath
        = "<xpath-filter xmlns:f=\"urn:femtowatch:yang:femto-security\">"
          "/f:femto-security/f:inventory/f:user-permissions/f:user</xpath-filter>";
    CHECK(depth(xpath, "1")
        == data(top("<inventory><user-permissions><user><name>a</name></user></user-permissions>"
                    "</inventory>")));
    CHECK(depth("", "1").find("<femto-security " + Fs + "/>") != std::string::npos);
    CHECK(depth(users, "0").find("<error-tag>invalid-value</error-tag>") != std::string::npos);
}

TEST_CASE("RFC 8526, 3.1.2: edit-data")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(editData("running", heartbeat("61"))) == "<ok/>");
    CHECK(peer.call(getData("running", Heartbeat))
        == data(top("<collection><heartbeat-interval>61</heartbeat-interval></collection>")));
    CHECK(peer.call(editData("running", heartbeat("62"),
              "<default-operation>none</default-operation>"))
        == "<ok/>"); // what nobody says is to be changed stays
    CHECK(peer.call(getData("running", Heartbeat))
        == data(top("<collection><heartbeat-interval>61</heartbeat-interval></collection>")));
    CHECK(peer.call(editData("operational", heartbeat("61")))
        == rpcError("application", "invalid-value",
            "&quot;ietf-datastores:operational&quot; cannot be edited",
            "<bad-element>datastore</bad-element>"));
    Peer engineer(node, "eng");
    CHECK(engineer.call(editData("running", heartbeat("63")))
              .find("<error-tag>access-denied</error-tag>")
        != std::string::npos);
}

TEST_CASE("RFC 8526, 3.1.1: with-origin and origin-filter")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(edit("<femto-security " + Fs
              + "><collection><node-id>n</node-id></collection></femto-security>"))
        == "<ok/>");
    const std::string both
        = subtree("<collection><node-id/><heartbeat-interval/></collection><status><agent-version/>"
                  "</status>");
    const auto asked
        = [&](const std::string& more) { return peer.call(getData("operational", both + more)); };
    const auto origin = [](const char* element, const char* identity) {
        return "<" + std::string(element) + " or:origin=\"or:" + identity + "\">";
    };
    const std::string intended = "<node-id>n</node-id>";
    const std::string used = "<heartbeat-interval>60</heartbeat-interval>";
    const std::string state
        = "<status><agent-version>" FEMTOWATCH_VERSION "</agent-version></status>";
    CHECK(asked("<with-origin/>")
        == data("<femto-security " + Fs
            + " xmlns:or=\"urn:ietf:params:xml:ns:yang:ietf-origin\" or:origin=\"or:intended\">"
              "<collection>"
            + intended + origin("heartbeat-interval", "default")
            + "60</heartbeat-interval></collection>" + state + "</femto-security>"));
    const auto filter = [](const std::string& name, const char* identity) {
        return "<" + name + " xmlns:or=\"urn:ietf:params:xml:ns:yang:ietf-origin\">or:" + identity
            + "</" + name + ">";
    };
    const auto collection
        = [](const std::string& inner) { return "<collection>" + inner + "</collection>"; };
    CHECK(asked(filter("origin-filter", "intended")) == data(top(collection(intended) + state)));
    CHECK(asked(filter("origin-filter", "default")) == data(top(collection(used) + state)));
    CHECK(asked(filter("origin-filter", "default") + filter("origin-filter", "intended"))
        == asked(""));
    CHECK(asked(filter("negated-origin-filter", "default"))
        == asked(filter("origin-filter", "intended")));
    CHECK(asked(filter("origin-filter", "learned")) == data(top(state)));
    CHECK(asked(filter("origin-filter", "learned") + "<config-filter>true</config-filter>")
        == data(""));
    CHECK(peer.call(getData("running", both + "<with-origin/>")).find("<rpc-error>") == 0);
}
