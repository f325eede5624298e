#include "agent/server/message_bounds.h"
#include "agent/server/envelope.h"
#include "common/xml.h"

#include <stdexcept>
#include <string_view>
#include <vector>

namespace agent {

namespace {

constexpr size_t MostAtTop = 1000; // elements of a filter or config; data models there are fewer
constexpr size_t MostAttributes = 256; // of one element
constexpr size_t MostNamespaces = 512; // in scope

/// Whether it holds elements of data models, the element of an rpc at that depth.
bool holdsData(std::string_view name, size_t depth)
{
    name = name.substr(name.find('\n') + 1);
    return (depth == 3 && (name == "filter" || name == "subtree-filter"))
        || ((depth == 3 || depth == 4) && name == "config") // of edit-config, of copy-config
        || name.ends_with("-subtree-filter");
}

struct Open {
    bool data;
    size_t children = 0;
};

void check(size_t count, size_t most, const char* what)
{
    if (count > most) {
        throw std::length_error("more than " + std::to_string(most) + " " + what);
    }
}

} // namespace

std::optional<OutOfBounds> outOfBounds(const std::string& message)
{
    std::string attributes;
    std::vector<Open> open;
    size_t namespaces = 0;
    xml::Events events;
    events.begin = [&](std::string_view name, const std::map<std::string, std::string>& given,
                       const xml::Place&) {
        if (const auto id = given.find("message-id"); open.empty() && id != given.end()) {
            attributes = " message-id=\"" + escaped(id->second) + "\"";
        }
        check(given.size(), MostAttributes, "attributes of one element");
        if (!open.empty() && open.back().data) {
            check(++open.back().children, MostAtTop, "elements side by side in a filter or config");
        }
        open.push_back({ holdsData(name, open.size() + 1) });
    };
    events.end = [&](std::string_view, const xml::Place&) { open.pop_back(); };
    events.text = [](std::string_view) {};
    events.declared = [&](std::string_view, std::string_view) {
        check(++namespaces, MostNamespaces, "namespaces at once");
    };
    events.undeclared = [&] { --namespaces; };
    const auto refused = [&](const char* tag, const std::string& why) {
        RpcError error(tag, why);
        error.type = "rpc";
        return OutOfBounds { error, attributes };
    };
    try { // boundary: a message
        xml::read(message, events, { .namespaces = true });
    } catch (const std::length_error& e) {
        return refused("too-big", e.what());
    } catch (const xml::Error& e) {
        return refused("malformed-message", e.what());
    }
    return std::nullopt;
}

} // namespace agent
