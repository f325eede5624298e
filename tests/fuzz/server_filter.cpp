// Filters of any content over data that are partly kept as text: nothing is selected that is not
// there, and the text gives what a tree would have given. The first byte says subtree or XPath.
#include "agent/server/answer.h"
#include "agent/server/rpc_error.h"
#include "common/yang_internal.h"
#include "yang/schemas.h"

#include <cstdlib>

namespace {

constexpr const char* Rest = R"({
"ietf-netconf-acm:nacm":{"enable-nacm":false},
"femto-agent-access:agent-access":{"host-key":[{"name":"e","path":"k"}]},
"femto-security:femto-security":{"collection":{"node-id":"n1","category":[
  {"type":"femto-security-types:open-ports","sampling-interval":5,"include":["/a","/b"]},
  {"type":"femto-security-types:remote-login","sampling-interval":60}]}}})";
constexpr const char* Inventory = R"({"femto-security:femto-security":{"inventory":{
"user-permissions":{
  "user":[{"name":"root","uid":0,"shell":"/bin/sh"},{"name":"<b>&\"c'","uid":7},
    {"name":"d","uid":7,"group":["g","h"],"origin":"files"}],
  "group":[{"name":"g","gid":1},{"name":"a","gid":2}]},
"open-ports":{"port":[
  {"network-namespace":"default","protocol":"femto-security-types:tcp","local-address":"::",
   "local-port":22,"owner":[{"executable":"/sbin/x","user":"root"}]},
  {"network-namespace":"default","protocol":"femto-security-types:udp",
   "local-address":"0.0.0.0","local-port":7}]},
"software-integrity":{"secure-boot":"off","component":[{"name":"/a"},
  {"name":"/b","version":"1"}]}}}})";

struct World {
    const yang::Context context = schemas::server();
    const yang::Tree rest = yang::Tree::parse(context, Rest, yang::Format::Json, false);
    yang::Tree all = rest.copy();
    agent::Contents contents;
    agent::Access access { context };

    World()
    {
        const yang::Tree inventory = yang::Tree::parse(context, Inventory);
        all.merge(inventory);
        for (const yang::Node& one : inventory.root().child("inventory")->children()) {
            contents[one.name()] = std::make_shared<agent::Content>(one);
        }
        access.configure(rest);
    }
};

std::string normal(const yang::Context& context, const std::string& elements)
{
    return yang::Tree::parse(context, elements, yang::Format::Xml, false).canonical();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static World world;
    static const std::string user = "anybody";
    if (size == 0) {
        return 0;
    }
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    std::optional<agent::Filter> filter;
    try {
        filter = (data[0] & 1) ? agent::Filter::xpath(world.context, text)
                               : agent::Filter::subtree(world.context, text);
    } catch (const std::exception&) { // is none
        return 0;
    }
    if (filter->reachesFar()) {
        return 0;
    }
    const agent::Question question { world.context, world.access, user, *filter,
        LYD_PRINT_WD_EXPLICIT };
    std::string fromTree;
    try {
        fromTree = agent::answer(question, { world.all.raw() }, {});
    } catch (const agent::RpcError&) { // an expression may be wrong only when it is evaluated
        return 0;
    }
    const std::string fromText = agent::answer(question, { world.rest.raw() }, world.contents);
    if (normal(world.context, fromText) != normal(world.context, fromTree)) {
        std::abort();
    }
    yang::Tree together = world.all.copy();
    together.merge(yang::Tree::parse(world.context, fromTree, yang::Format::Xml, false));
    if (together.canonical() != world.all.canonical()) {
        std::abort();
    }
    return 0;
}
