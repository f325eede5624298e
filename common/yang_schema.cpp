// Modules of a context: where they come from, and what they hold.
#include "common/text.h"
#include "common/yang.h"
#include "common/yang_internal.h"

#include <algorithm>

namespace yang {

namespace {

/// Keeps every error of libyang as long as it lives, not only the last: the first is the cause.
class AllErrors {
public:
    explicit AllErrors(ly_ctx* ctx)
        : before_(ly_log_options(LY_LOLOG | LY_LOSTORE))
        , ctx_(ctx)
    {
        ly_err_clean(ctx_, nullptr);
    }
    ~AllErrors()
    {
        ly_err_clean(ctx_, nullptr);
        ly_log_options(before_);
    }
    AllErrors(const AllErrors&) = delete;
    AllErrors& operator=(const AllErrors&) = delete;

    const ly_err_item* first() const { return ly_err_first(ctx_); }

private:
    uint32_t before_;
    ly_ctx* ctx_;
};

size_t lineAt(std::string_view text, size_t at)
{
    return 1 + static_cast<size_t>(std::count(text.begin(), text.begin() + at, '\n'));
}

/// Line of the statement that defines the last name of a schema path, each looked for behind the
/// one above it; 0 if there is none. libyang knows a line only while it parses, and not while it
/// compiles.
size_t lineOf(std::string_view text, std::string_view path)
{
    constexpr std::string_view Blank = " \t\r\n\"'";
    constexpr std::string_view Behind = " \t\r\n\"'{;";
    size_t at = 0;
    size_t line = 0;
    for (std::string_view step : text::fields(path, '/')) {
        step = step.substr(step.find(':') + 1);
        step = step.substr(0, step.find('['));
        if (step.empty() || step.starts_with("{")) {
            continue; // "/{extension='...'}" and the like
        }
        do {
            at = text.find(step, at + 1);
        } while (at != text.npos
            && (Blank.find(text[at - 1]) == Blank.npos || at + step.size() >= text.size()
                || Behind.find(text[at + step.size()]) == Behind.npos));
        if (at == text.npos) {
            break;
        }
        line = lineAt(text, at);
    }
    return line;
}

/// "Line number 12." while it parses, and "/m:a/b" while it compiles.
size_t lineIn(std::string_view where, std::string_view text)
{
    constexpr std::string_view Line = "ine number ";
    if (const size_t at = where.find(Line); at != where.npos) {
        const std::string_view rest = where.substr(at + Line.size());
        return text::number<size_t>(rest.substr(0, rest.find_first_not_of("0123456789")))
            .value_or(0);
    }
    const size_t begin = where.find('/');
    const size_t end = where.find('"', begin == where.npos ? 0 : begin);
    return begin == where.npos ? 0 : lineOf(text, where.substr(begin, end - begin));
}

const lys_module* implemented(const ly_ctx* ctx, const std::string& name)
{
    return ly_ctx_get_module_implemented(ctx, name.c_str());
}

bool changesOthers(const lysp_module* parsed)
{
    if (parsed->augments || parsed->deviations) {
        return true;
    }
    LY_ARRAY_COUNT_TYPE i = 0;
    LY_ARRAY_FOR(parsed->includes, i)
    {
        const lysp_submodule* const part = parsed->includes[i].submodule;
        if (part && (part->augments || part->deviations)) {
            return true;
        }
    }
    return false;
}

} // namespace

void Context::offer(const std::string& name, const std::string& text)
{
    library_->offered[name] = text;
}

void Context::implement(const std::string& module, const std::vector<std::string>& features)
{
    std::vector<const char*> names;
    names.reserve(features.size() + 1);
    for (const std::string& feature : features) {
        names.push_back(feature.c_str());
    }
    names.push_back(nullptr);
    const AllErrors errors(raw());
    if (ly_ctx_load_module(raw(), module.c_str(), nullptr, names.data())) {
        return;
    }
    const ly_err_item* const first = errors.first();
    const std::string where = first ? placeOf(*first) : "";
    const char* const text = library_->find(module);
    throw SchemaError("YANG module " + module + ": " + (first ? first->msg : "not found")
            + (where.empty() ? "" : " (" + where + ")"),
        text ? lineIn(where, text) : 0);
}

std::optional<std::string> Context::text(const std::string& module) const
{
    const char* const found = library_->find(module);
    return found ? std::optional<std::string>(found) : std::nullopt;
}

std::optional<std::string> Context::beyondState(const std::string& module) const
{
    const lys_module* const found = implemented(raw(), module);
    if (!found || !found->compiled) {
        return "is not implemented";
    }
    if (changesOthers(found->parsed)) {
        return "augments or deviates from another module";
    }
    if (found->compiled->rpcs) {
        return std::string("has rpc ") + found->compiled->rpcs->name;
    }
    if (found->compiled->notifs) {
        return std::string("has notification ") + found->compiled->notifs->name;
    }
    for (const lysc_node* node = found->compiled->data; node; node = node->next) {
        if (!(node->flags & LYS_CONFIG_R)) {
            return std::string(node->name) + " is configuration: it lacks \"config false\"";
        }
    }
    return std::nullopt;
}

bool Context::implementsNamespace(const std::string& space) const
{
    return ly_ctx_get_module_implemented_ns(raw(), space.c_str()) != nullptr;
}

std::vector<std::string> Context::topNodes(const std::string& module) const
{
    std::vector<std::string> out;
    const lys_module* const found = implemented(raw(), module);
    for (const lysc_node* node = found && found->compiled ? found->compiled->data : nullptr; node;
         node = node->next) {
        out.emplace_back(node->name);
    }
    return out;
}

std::string Context::kindOf(const std::string& path) const
{
    const lysc_node* node = lys_find_path(raw(), nullptr, path.c_str(), 0);
    return node ? lys_nodetype2str(node->nodetype) : "";
}

std::vector<std::string> Context::keysOf(const std::string& path) const
{
    const lysc_node* list = lys_find_path(raw(), nullptr, path.c_str(), 0);
    std::vector<std::string> keys;
    for (const lysc_node* child = list ? lysc_node_child(list) : nullptr;
         child && lysc_is_key(child); child = child->next) {
        keys.emplace_back(child->name);
    }
    return keys;
}

std::vector<std::string> Context::derivedFrom(
    const std::string& module, const std::string& identity) const
{
    std::vector<std::string> names;
    std::vector<const lysc_ident*> open;
    const lys_module* const home = ly_ctx_get_module_implemented(raw(), module.c_str());
    const lysc_ident* const all = home ? home->identities : nullptr;
    LY_ARRAY_COUNT_TYPE i = 0;
    LY_ARRAY_FOR(all, i)
    {
        if (identity == all[i].name) {
            open.push_back(&all[i]);
        }
    }
    while (!open.empty()) {
        const lysc_ident* const one = open.back();
        open.pop_back();
        LY_ARRAY_FOR(one->derived, i)
        {
            open.push_back(one->derived[i]);
            names.push_back(
                std::string(one->derived[i]->module->name) + ":" + one->derived[i]->name);
        }
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

size_t Context::checkXPath(const std::string& from, const std::string& xpath) const
{
    const lysc_node* node = lys_find_path(raw(), nullptr, from.c_str(), 0);
    ly_set* found = nullptr;
    const LY_ERR rc = lys_find_xpath(raw(), node, xpath.c_str(), LYS_FIND_NO_MATCH_ERROR, &found);
    const size_t count = rc == LY_SUCCESS && found ? found->count : 0;
    ly_set_free(found, nullptr);
    check(rc, raw(), "XPath " + xpath);
    return count;
}

} // namespace yang
