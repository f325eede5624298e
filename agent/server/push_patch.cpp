#include "agent/server/push_patch.h"
#include "agent/server/envelope.h"
#include "agent/server/node_capabilities.h"
#include "agent/server/xml_text.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <vector>

namespace agent {

namespace {

yang::Tree parsed(const yang::Context& context, const std::string& elements)
{
    lyd_node* first = nullptr;
    const LY_ERR rc = lyd_parse_data_mem(
        context.raw(), elements.c_str(), LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &first);
    yang::Tree tree(first);
    yang::check(rc, context.raw(), "selection");
    return tree;
}

/// Has an identity among its siblings.
bool identified(const lyd_node* node)
{
    const uint16_t type = node->schema->nodetype;
    return type == LYS_LIST ? (node->schema->flags & LYS_KEYLESS) == 0
                            : type != LYS_LEAFLIST || (node->schema->flags & LYS_CONFIG_W) != 0;
}

/// The same node among others; null if it is not there.
const lyd_node* counterpart(const lyd_node* node, const lyd_node* among)
{
    if (!among) {
        return nullptr;
    }
    lyd_node* found = nullptr;
    if (node->schema->nodetype & (LYS_LIST | LYS_LEAFLIST)) {
        lyd_find_sibling_first(among, node, &found);
    } else {
        lyd_find_sibling_val(among, node->schema, nullptr, 0, &found);
    }
    return found;
}

/// Values of what can only be told as a whole: entries without identity, and the order of those of
/// which the user chose it.
std::vector<const lyd_node*> loose(const lyd_node* first)
{
    std::vector<const lyd_node*> out;
    for (const lyd_node* node = first; node; node = node->next) {
        if (!identified(node) || yang::orderedByUser(node)) {
            out.push_back(node);
        }
    }
    return out;
}

bool sameLoose(const lyd_node* former, const lyd_node* now)
{
    return std::ranges::equal(loose(former), loose(now), [](const lyd_node* a, const lyd_node* b) {
        return a->schema == b->schema
            && (identified(a) ? counterpart(a, b) == b // its content is compared by itself
                              : lyd_compare_single(a, b, LYD_COMPARE_FULL_RECURSION) == LY_SUCCESS);
    });
}

class Difference {
public:
    explicit Difference(const std::set<std::string>& excluded)
        : excluded_(excluded)
    {
    }

    void between(const lyd_node* former, const lyd_node* now)
    {
        for (const lyd_node* node = former; node; node = node->next) {
            if (steady(node->schema) && !lysc_is_key(node->schema)) {
                const lyd_node* const then = counterpart(node, now);
                if (then) {
                    compare(node, then);
                } else {
                    add("delete", node, false);
                }
            }
        }
        for (const lyd_node* node = now; node; node = node->next) {
            if (steady(node->schema) && !counterpart(node, former)) {
                add("create", node, true);
            }
        }
    }

    Patch patch;

private:
    void compare(const lyd_node* former, const lyd_node* now)
    {
        if (former->schema->nodetype & (LYS_CONTAINER | LYS_LIST)) {
            if (sameLoose(lyd_child(former), lyd_child(now))) {
                between(lyd_child(former), lyd_child(now));
            } else {
                add("replace", now, true);
            }
        } else if (lyd_compare_single(former, now, LYD_COMPARE_FULL_RECURSION) != LY_SUCCESS) {
            add("replace", now, true);
        }
    }

    void add(const std::string& operation, const lyd_node* node, bool withValue)
    {
        if (excluded_.contains(operation)) {
            return;
        }
        const std::string id = std::to_string(++patch.edits);
        patch.xml += "<edit><edit-id>" + id + "</edit-id><operation>" + operation
            + "</operation><target>" + escaped(resourcePath(node)) + "</target>";
        if (withValue) {
            patch.xml += "<value>";
            appendElement(patch.xml, node);
            patch.xml += "</value>";
        }
        patch.xml += "</edit>";
    }

    const std::set<std::string>& excluded_;
};

void appendPercent(std::string& out, std::string_view value)
{
    constexpr const char* Digits = "0123456789ABCDEF";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || std::strchr("-._~", c)) {
            out += c;
        } else {
            out += '%';
            out += Digits[byte / 16];
            out += Digits[byte % 16];
        }
    }
}

} // namespace

std::string resourcePath(const lyd_node* node)
{
    const lyd_node* const parent = lyd_parent(node);
    std::string out = parent ? resourcePath(parent) : "";
    out += '/';
    if (!parent || parent->schema->module != node->schema->module) {
        out.append(node->schema->module->name).append(":");
    }
    out += node->schema->name;
    if (node->schema->nodetype == LYS_LEAFLIST) {
        out += '=';
        appendPercent(out, lyd_get_value(node));
    }
    char between = '=';
    for (const lyd_node* key = lyd_child(node);
         node->schema->nodetype == LYS_LIST && key && lysc_is_key(key->schema); key = key->next) {
        out += std::exchange(between, ',');
        appendPercent(out, lyd_get_value(key));
    }
    return out;
}

Patch patchBetween(const yang::Context& context, const std::string& former, const std::string& now,
    const std::set<std::string>& excluded)
{
    const yang::Tree before = parsed(context, former);
    const yang::Tree after = parsed(context, now);
    Difference difference(excluded);
    difference.between(before.raw(), after.raw());
    return std::move(difference.patch);
}

} // namespace agent
