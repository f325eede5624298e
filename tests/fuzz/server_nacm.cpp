// Access rules of any content: of a tree a user is shown the leaves that the rules permit one by
// one, as they are written (RFC 8341, 3.4.5), and nothing else.
#include "agent/server/answer.h"
#include "agent/server/rpc_error.h"
#include "common/text.h"
#include "common/yang_internal.h"
#include "yang/schemas.h"

#include <algorithm>
#include <cstdlib>
#include <functional>

namespace {

const std::string User = "tim";

constexpr const char* Begin = "<nacm xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-acm\" "
                              "xmlns:fs=\"urn:femtowatch:yang:femto-security\" "
                              "xmlns:fst=\"urn:femtowatch:yang:femto-security-types\" "
                              "xmlns:faa=\"urn:femtowatch:yang:femto-agent-access\">"
                              "<groups><group><name>a</name><user-name>tim</user-name></group>"
                              "<group><name>b</name><user-name>zoe</user-name></group></groups>";

constexpr const char* Shown = R"({
"femto-agent-access:agent-access":{"host-key":[{"name":"e","path":"k"}],"user":[{"name":"tim",
  "authorized-key":[]},{"name":"ann"}],"limits":{"max-sessions":7}},
"femto-security:femto-security":{"collection":{"node-id":"n1","category":[
  {"type":"femto-security-types:open-ports","sampling-interval":5,"include":["/a","/b"]},
  {"type":"femto-security-types:remote-login","sampling-interval":60}]},
 "inventory":{"user-permissions":{"user":[{"name":"root","uid":0,"shell":"/bin/sh"},
    {"name":"tim","uid":7,"group":["g","h"]}],"group":[{"name":"g","gid":1}]}}}})";

struct World {
    const yang::Context context = schemas::server();
    const yang::Tree shown = yang::Tree::parse(context, Shown);
    agent::Access access { context };
};

void leaves(const yang::Node& node, const std::function<void(const yang::Node&)>& take)
{
    for (const yang::Node& child : node.children()) {
        child.raw()->schema->nodetype& LYD_NODE_TERM ? take(child) : leaves(child, take);
    }
}

bool isWithin(yang::Node node, const std::vector<yang::Node>& targets)
{
    for (std::optional<yang::Node> up = node; up; up = up->parent()) {
        if (std::ranges::any_of(
                targets, [&](const yang::Node& one) { return one.raw() == up->raw(); })) {
            return true;
        }
    }
    return false;
}

bool fits(const World& world, const yang::Node& rule, const yang::Node& leaf)
{
    const std::string operations = rule.valueOr("access-operations", "*");
    const auto words = text::words(operations);
    const std::string module = rule.valueOr("module-name", "*");
    if ((operations != "*" && std::ranges::find(words, "read") == words.end())
        || (module != "*" && module != leaf.module()) || rule.child("rpc-name")
        || rule.child("notification-name")) {
        return false;
    }
    const std::string path = rule.valueOr("path", "/");
    return path == "/" || isWithin(leaf, world.shown.select(path));
}

bool permitted(const World& world, const yang::Node& nacm, const yang::Node& leaf)
{
    if (nacm.valueOr("enable-nacm", "true") == "false") {
        return true;
    }
    for (const yang::Node& list : nacm.children("rule-list")) {
        const auto groups = list.values("group");
        if (std::ranges::none_of(
                groups, [](const std::string& group) { return group == "*" || group == "a"; })) {
            continue;
        }
        for (const yang::Node& rule : list.children("rule")) {
            if (fits(world, rule, leaf)) {
                return rule.valueOr("action", "") == "permit";
            }
        }
    }
    // of what is shown, these have default-deny-all
    return leaf.module() != "femto-agent-access"
        && !leaf.path().starts_with("/femto-security:femto-security/inventory")
        && nacm.valueOr("read-default", "permit") == "permit";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static World world;
    yang::Tree rules;
    try {
        rules = yang::Tree::parseConfig(world.context,
            Begin + std::string(reinterpret_cast<const char*>(data), size) + "</nacm>",
            yang::Format::Xml);
    } catch (const yang::Error&) { // is none
        return 0;
    }
    const auto nacm = rules.find("/ietf-netconf-acm:nacm");
    if (!nacm || nacm->child("groups")->children("group").size() != 2) {
        return 0; // more groups: their users may be this one
    }
    world.access.configure(rules);
    const agent::Filter all;
    const std::string text
        = agent::answer({ world.context, world.access, User, all, LYD_PRINT_WD_EXPLICIT },
            { world.shown.raw() }, {});
    const yang::Tree seen = yang::Tree::parse(world.context, text, yang::Format::Xml, false);
    for (const yang::Node& top : world.shown.root().siblings()) {
        leaves(top, [&](const yang::Node& leaf) {
            if (lysc_is_key(leaf.raw()->schema) || leaf.implied()) {
                return; // shown with the entry; not shown at all
            }
            if (bool(seen.find(leaf.path())) != permitted(world, *nacm, leaf)) {
                std::abort();
            }
        });
    }
    return 0;
}
