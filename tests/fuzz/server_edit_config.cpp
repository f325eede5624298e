// <edit-config> of any content: it is refused with an rpc-error that XML can carry, or gives a
// configuration that can be stored and read again. The first byte says how to edit.
#include "agent/server/datastore.h"
#include "agent/server/edit.h"
#include "agent/server/envelope.h"
#include "yang/schemas.h"

#include <algorithm>
#include <cstdlib>

namespace {

constexpr const char* Begin = "<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
                              "xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
                              "xmlns:yang=\"urn:ietf:params:xml:ns:yang:1\" message-id=\"1\">"
                              "<edit-config><target><running/></target><config>";
constexpr const char* End = "</config></edit-config></rpc>";

const yang::Context& context()
{
    static const yang::Context all = schemas::server();
    return all;
}

void refused(const agent::RpcError& error)
{
    if (agent::errorBody(context(), error).empty()) {
        std::abort();
    }
}

/// What was made of running; nothing if it was refused.
std::optional<yang::Tree> edited(const agent::Datastore& datastore, const yang::Node& rpc,
    agent::EditOperation operation, bool all)
{
    const auto content = rpc.child("config")->content();
    yang::Tree next = datastore.running().copy();
    agent::Edit edit(next, [](agent::Access::Operation, const lyd_node*) {});
    try {
        edit.apply(content ? content->raw() : nullptr, operation, all);
        std::ranges::for_each(edit.errors(), refused);
        if (!edit.errors().empty()) {
            return std::nullopt;
        }
        datastore.validate(next);
        return next;
    } catch (const agent::RpcError& error) {
        refused(error);
        return std::nullopt;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    using agent::EditOperation;
    if (size == 0) {
        return 0;
    }
    // no running.json is there, and none is written
    static const agent::Datastore datastore(context(), "/proc/self/task", "");
    constexpr EditOperation Operations[] = { EditOperation::Merge, EditOperation::Replace,
        EditOperation::None, EditOperation::Merge };
    const agent::Incoming in = agent::parseRpc(
        context(), Begin + std::string(reinterpret_cast<const char*>(data + 1), size - 1) + End);
    if (in.error) {
        refused(*in.error);
        return 0;
    }
    if (in.rpc.root().name() != "edit-config" || !in.rpc.root().child("config")) {
        return 0;
    }
    const auto next = edited(datastore, in.rpc.root(), Operations[data[0] & 3], (data[0] & 4) != 0);
    if (next && next->raw()) {
        const std::string stored = next->json();
        if (yang::Tree::parseConfig(context(), stored).json() != stored) {
            std::abort();
        }
    }
    return 0;
}
