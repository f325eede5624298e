#include "agent/server/filter.h"
#include "agent/server/rpc_error.h"
#include "common/yang_internal.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

using agent::Filter;

namespace {

const yang::Context& context()
{
    static const yang::Context all = schemas::server();
    return all;
}

yang::Tree data()
{
    return yang::Tree::parse(context(), R"({
"femto-security:femto-security":{
  "collection":{"node-id":"n1","category":[
    {"type":"femto-security-types:open-ports","sampling-interval":5,"include":["/a","/b"]},
    {"type":"femto-security-types:remote-login","sampling-interval":60}]},
  "inventory":{"user-permissions":{
    "user":[{"name":"root","uid":0,"shell":"/bin/sh"},{"name":"bob","uid":1000,"group":["x","y"]}],
    "group":[{"name":"x","gid":5}]}}},
"femto-agent-access:agent-access":{"host-key":[{"name":"e","path":"k"}]}})");
}

std::string text(const yang::Tree& tree)
{
    char* out = nullptr;
    REQUIRE(lyd_print_mem(&out, tree.raw(), LYD_JSON, LYD_PRINT_WITHSIBLINGS | LYD_PRINT_SHRINK)
        == LY_SUCCESS);
    std::string all = out ? out : "";
    free(out);
    return all;
}

std::string subtree(const std::string& content)
{
    return text(Filter::subtree(context(), content).apply(data()));
}

std::string fs(const std::string& content)
{
    return subtree("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\">" + content
        + "</femto-security>");
}

std::string xpath(const std::string& expression)
{
    return text(Filter::xpath(context(), expression).apply(data()));
}

std::string users(const std::string& entries)
{
    return R"({"femto-security:femto-security":{"inventory":{"user-permissions":{"user":[)"
        + entries + "]}}}}";
}

} // namespace

TEST_CASE("no filter selects all, an empty one nothing")
{
    CHECK(text(Filter().apply(data())) == text(data()));
    CHECK(Filter().everything());
    CHECK(subtree("") == "{}");
    CHECK_FALSE(Filter::subtree(context(), "").everything());
}

TEST_CASE("a subtree filter selects by name, content and containment")
{
    CHECK(fs("<collection><node-id/></collection>")
        == R"({"femto-security:femto-security":{"collection":{"node-id":"n1"}}})");
    CHECK(fs("<inventory><user-permissions><user><name/></user></user-permissions></inventory>")
        == users(R"({"name":"root"},{"name":"bob"})"));
    // content match of a key: the whole entry
    CHECK(fs("<inventory><user-permissions><user><name>root</name></user></user-permissions>"
             "</inventory>")
        == users(R"({"name":"root","uid":0,"shell":"/bin/sh"})"));
    // content match of another leaf, with a selection beside it
    CHECK(fs("<inventory><user-permissions><user><uid>1000</uid><group/></user></user-permissions>"
             "</inventory>")
        == users(R"({"name":"bob","uid":1000,"group":["x","y"]})"));
    // two filters on one list are one result without doubles
    CHECK(fs("<inventory><user-permissions><user><name>bob</name><uid/></user>"
             "<user><name/></user></user-permissions></inventory>")
        == users(R"({"name":"root"},{"name":"bob","uid":1000})"));
    // what holds nothing that is asked for is left out
    CHECK(fs("<inventory><user-permissions><user><name>eve</name></user></user-permissions>"
             "</inventory>")
        == "{}");
    CHECK(fs("<inventory><user-permissions><user><uid>x</uid></user></user-permissions>"
             "</inventory>")
        == "{}");
}

TEST_CASE("an entry is found by its keys, whatever is in them")
{
    const yang::Tree many = yang::Tree::parse(context(),
        users(R"({"name":"a"},{"name":"it's"},{"name":"b"},{"name":"\"it's\"","uid":7},)"
              R"({"name":"\"]","uid":8},{"name":"c"})"));
    const auto found = [&](const std::string& name, const std::string& more = {}) {
        return text(Filter::subtree(context(),
            "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><inventory>"
            "<user-permissions><user><name>"
                + name + "</name>" + more
                + "</user></user-permissions></inventory></femto-security>")
                        .apply(many));
    };
    CHECK(found("b") == users(R"({"name":"b"})"));
    CHECK(found("it's") == users(R"({"name":"it's"})"));
    CHECK(found("\"it's\"", "<uid/>") == users(R"({"name":"\"it's\"","uid":7})"));
    CHECK(found("\"]", "<uid/>") == users(R"({"name":"\"]","uid":8})"));
    CHECK(found("\"]", "<uid>7</uid>") == "{}");
    CHECK(found("d") == "{}");
}

TEST_CASE("a subtree filter compares identities by what their prefix means")
{
    const std::string with = "<collection><category><type xmlns:q=\"urn:femtowatch:yang:femto-"
                             "security-types\">q:remote-login</type><sampling-interval/></category>"
                             "</collection>";
    CHECK(fs(with)
        == R"({"femto-security:femto-security":{"collection":{"category":[{"type":"femto-security-types:remote-login","sampling-interval":60}]}}})");
    // without the list's key the element is opaque to libyang
    CHECK(fs("<collection><category><sampling-interval>60</sampling-interval></category>"
             "</collection>")
        == R"({"femto-security:femto-security":{"collection":{"category":[{"type":"femto-security-types:remote-login","sampling-interval":60}]}}})");
}

TEST_CASE("a subtree filter without namespace matches any, with an unknown one none")
{
    CHECK(subtree("<agent-access xmlns=\"\"/>")
        == R"({"femto-agent-access:agent-access":{"host-key":[{"name":"e","path":"k"}]}})");
    CHECK(subtree("<agent-access xmlns=\"urn:other\"/>") == "{}");
    CHECK(subtree("<agent-access xmlns=\"urn:femtowatch:yang:femto-security\"/>") == "{}");
}

TEST_CASE("an XPath filter selects nodes with their ancestors and keys")
{
    CHECK(xpath("/femto-security:femto-security/inventory/user-permissions/user[name='bob']/uid")
        == users(R"({"name":"bob","uid":1000})"));
    CHECK(xpath("/femto-security:femto-security/inventory/user-permissions/user/name | "
                "/femto-security:femto-security/inventory/user-permissions/user[uid=0]/shell")
        == users(R"({"name":"root","shell":"/bin/sh"},{"name":"bob"})"));
    CHECK(xpath("//user[uid=0] | //user[uid=0]/uid")
        == users(R"({"name":"root","uid":0,"shell":"/bin/sh"})"));
    CHECK(xpath("/femto-security:femto-security/status/epoch") == "{}");
}

TEST_CASE("an XPath that is none, or gives no nodes, is refused")
{
    for (const char* const bad : { "", "/femto-security:femto-security[", "/nope:x", "1 +" }) {
        CAPTURE(bad);
        CHECK_THROWS_AS(Filter::xpath(context(), bad), agent::RpcError);
    }
    CHECK_THROWS_AS(xpath("count(//user)"), agent::RpcError);
}

TEST_CASE("a filter tells which modules it cannot touch")
{
    CHECK(Filter().mayTouch("ietf-yang-library"));
    CHECK_FALSE(Filter::xpath(context(), "/femto-security:femto-security/status")
                    .mayTouch("ietf-yang-library"));
    CHECK(Filter::xpath(context(), "//status").mayTouch("ietf-yang-library"));
    CHECK(Filter::subtree(context(), "<a xmlns=\"\"/>").mayTouch("ietf-yang-library"));
    CHECK_FALSE(Filter::subtree(context(), "<a xmlns=\"urn:x\"/>").mayTouch("ietf-yang-library"));
}

TEST_CASE("a filter selects a notification when anything of it is selected")
{
    const yang::Tree notification = yang::Tree::parseNotification(context(), R"(
<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">
<eventTime>2026-11-24T09:00:00Z</eventTime>
<collection-heartbeat xmlns="urn:femtowatch:yang:femto-security"><node-id>n</node-id>
<epoch>6f1c2f3e-0000-4000-8000-000000000000</epoch><sequence-number>1</sequence-number>
</collection-heartbeat></notification>)");
    const auto selects
        = [&](const char* xml) { return Filter::subtree(context(), xml).selects(notification); };
    CHECK(Filter().selects(notification));
    CHECK(selects("<collection-heartbeat xmlns=\"urn:femtowatch:yang:femto-security\"/>"));
    CHECK_FALSE(selects("<security-report xmlns=\"urn:femtowatch:yang:femto-security\"/>"));
    CHECK(Filter::xpath(context(), "/femto-security:collection-heartbeat[sequence-number=1]")
              .selects(notification));
    CHECK_FALSE(Filter::xpath(context(), "/femto-security:collection-heartbeat[sequence-number=2]")
                    .selects(notification));
}
