#include "agent/server/notification.h"
#include "agent/server/envelope.h"
#include "common/netconf_frame.h"
#include "common/text.h"
#include "common/yang_internal.h"

namespace agent {

namespace {

constexpr std::string_view Behind = "</eventTime><";
constexpr std::string_view Namespace = " xmlns=\"";

/// Schema of the element behind eventTime, as notification() writes it.
const lysc_node* schemaOf(const yang::Context& context, std::string_view message)
{
    const size_t at = message.find(Behind);
    const std::string_view rest = at == message.npos ? "" : message.substr(at + Behind.size());
    const std::string name(rest.substr(0, rest.find_first_of(" />")));
    if (!rest.substr(name.size()).starts_with(Namespace)) {
        return nullptr;
    }
    const std::string_view ns = rest.substr(name.size() + Namespace.size());
    const lys_module* const module = ly_ctx_get_module_implemented_ns(
        context.raw(), std::string(ns.substr(0, ns.find('"'))).c_str());
    const lysc_node* const found
        = module ? lys_find_child(nullptr, module, name.c_str(), 0, LYS_NOTIF, 0) : nullptr;
    return found;
}

} // namespace

Event::Event(yang::Tree tree, std::string time)
    : time_(std::move(time))
    , schema_(tree.raw()->schema)
    , tree_(std::move(tree))
{
}

Event::Event(const yang::Context& context, std::string_view message)
    : context_(&context)
    , schema_(schemaOf(context, message))
    , framed_(std::make_shared<const std::string>(
          netconf_frame::encode(netconf_frame::Framing::Chunked, message)))
{
    if (!schema_) {
        throw yang::Error("not a notification: " + text::quoted(message));
    }
}

std::shared_ptr<const std::string> Event::framed() const
{
    if (!framed_) {
        framed_ = std::make_shared<const std::string>(
            netconf_frame::encode(netconf_frame::Framing::Chunked, notification(time_, tree_)));
    }
    return framed_;
}

std::string_view Event::message() const
{
    const std::string_view all = *framed(); // in one chunk: none of ours is larger than that can be
    const size_t from = all.find('\n', 1) + 1;
    return all.substr(from, all.rfind("\n##\n") - from);
}

const yang::Tree& Event::tree() const
{
    if (!tree_) {
        tree_ = yang::Tree::parseNotification(*context_, message());
    }
    return tree_;
}

} // namespace agent
