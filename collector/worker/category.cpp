#include "collector/worker/category.h"

#include <vector>

namespace collector {

namespace {

constexpr std::string_view Types = "femto-security-types:";

} // namespace

std::string shortCategory(const std::string& identity)
{
    return identity.starts_with(Types) ? identity.substr(Types.size()) : identity;
}

std::string identityOf(const std::string& category)
{
    return isExtension(category) ? category : std::string(Types) + category;
}

bool isExtension(const std::string& category)
{
    return category.find(':') != std::string::npos;
}

std::string containerPath(const std::string& category)
{
    return isExtension(category) ? "/" + category
                                 : "/femto-security:femto-security/inventory/" + category;
}

std::optional<yang::Node> containerIn(yang::Node inventory, const std::string& category)
{
    if (!isExtension(category)) {
        return inventory.child(category);
    }
    const auto entry = inventory.instance("extension", std::vector { category });
    const auto content = entry ? entry->child("content") : std::nullopt;
    const auto first = content ? content->content() : std::nullopt;
    for (const yang::Node& top : first ? first->siblings() : std::vector<yang::Node>()) {
        if (top.module() + ":" + top.name() == category && top.described()) {
            return top;
        }
    }
    return std::nullopt;
}

bool isUndescribed(yang::Node inventory, const std::string& category)
{
    const auto entry = isExtension(category)
        ? inventory.instance("extension", std::vector { category })
        : std::nullopt;
    return entry && entry->child("content") && !containerIn(inventory, category);
}

} // namespace collector
