#include "agent/prober/vendor/fact_file.h"
#include "agent/prober/probe.h"
#include "agent/prober/vendor/json_outline.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

const std::string Inventory = "/femto-security:femto-security/inventory";

/// The entries of the list extension become what stands in them, parsed as strictly as the rest:
/// within an anydata node libyang takes whatever comes.
yang::Tree extensionsOf(const yang::Context& context, const yang::Tree& tree)
{
    yang::Tree out;
    for (const yang::Node& entry : tree.select(Inventory + "/extension")) {
        const std::string category = entry.valueOr("category", "");
        const auto content
            = entry.child("content") ? entry.child("content")->content() : std::nullopt;
        if (!content) {
            throw ParseError("extension " + text::quoted(category) + " has no content");
        }
        for (const yang::Node& top : content->siblings()) {
            if (top.module() + ":" + top.name() != category) {
                throw ParseError("extension " + text::quoted(category) + " holds "
                    + text::quoted(top.module() + ":" + top.name()));
            }
            out.merge(yang::Tree::parse(context, top.print(yang::Format::Json)));
        }
        entry.remove();
    }
    return out;
}

void takeInventory(FactFile& file, yang::Node top)
{
    for (const yang::Node& part : top.children()) {
        if (part.implied()) {
            continue;
        }
        if (part.name() != "inventory") {
            throw ParseError("holds " + part.path() + ", and only the inventory may be given");
        }
        for (const yang::Node& category : part.children()) {
            if (!category.implied()) {
                file.categories.insert(Standard + category.name());
            }
        }
    }
}

} // namespace

std::optional<yang::Node> FactFile::content(const std::string& category) const
{
    return tree.find(category.starts_with(Standard)
            ? Inventory + "/" + category.substr(Standard.size())
            : "/" + category);
}

FactFile parseFacts(const yang::Context& context, const std::string& text)
{
    if (const auto error = outlineOf(text).error) {
        throw ParseError(*error);
    }
    FactFile file;
    file.tree = yang::Tree::parse(context, text);
    if (!file.tree) {
        return file;
    }
    file.tree.merge(extensionsOf(context, file.tree));
    const std::vector<std::string> extensions = extensionCategories(context);
    for (const yang::Node& top : file.tree.root().siblings()) {
        const std::string name = top.module() + ":" + top.name();
        if (top.implied()) {
            continue;
        }
        if (name == "femto-security:femto-security") {
            takeInventory(file, top);
        } else if (name == "femto-vendor:facts") {
            if (const auto age = top.value("max-age")) {
                file.maxAge = std::chrono::seconds(text::number<uint32_t>(*age).value_or(0));
            }
        } else if (std::ranges::find(extensions, name) != extensions.end()) {
            file.categories.insert(name);
        } else {
            throw ParseError("holds " + text::quoted(name) + ", which is no category");
        }
    }
    return file;
}

std::vector<std::string> extensionCategories(const yang::Context& context)
{
    std::vector<std::string> out;
    for (const std::string& one :
        context.derivedFrom("femto-security-types", "security-category")) {
        if (!one.starts_with(Standard) && context.kindOf("/" + one) == "container") {
            out.push_back(one);
        }
    }
    return out;
}

} // namespace agent
