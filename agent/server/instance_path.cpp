#include "agent/server/instance_path.h"
#include "common/yang_internal.h"

#include <algorithm>

namespace agent {

namespace {

constexpr const char* Ends = "/[]=:'\" \t\r\n"; // of a name

/// Takes an identifier with an optional prefix from the front.
bool takeName(std::string_view& rest, std::string& prefix, std::string& name)
{
    const size_t end = std::min(rest.find_first_of(Ends), rest.size());
    if (end == 0) {
        return false;
    }
    name = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!rest.empty() && rest.front() == ':') {
        rest.remove_prefix(1);
        prefix = std::move(name);
        std::string none;
        const size_t last = std::min(rest.find_first_of(Ends), rest.size());
        name = rest.substr(0, last);
        rest.remove_prefix(last);
    }
    return !name.empty();
}

/// Takes the character, with white space around it, from the front.
bool take(std::string_view& rest, char wanted)
{
    const auto skip
        = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size())); };
    skip();
    if (rest.empty() || rest.front() != wanted) {
        return false;
    }
    rest.remove_prefix(1);
    skip();
    return true;
}

/// Takes [name='value'] from the front.
bool takeKey(std::string_view& rest, Step& step)
{
    constexpr std::string_view User = "$USER";
    std::string prefix;
    std::string name;
    if (!take(rest, '[') || !takeName(rest, prefix, name) || !take(rest, '=')) {
        return false;
    }
    if (rest.starts_with(User)) {
        rest.remove_prefix(User.size());
        step.ofUser.push_back(std::move(name));
    } else {
        const char quote = rest.empty() ? ']' : rest.front();
        const size_t end = quote == '\'' || quote == '"' ? rest.find(quote, 1) : rest.npos;
        if (end == rest.npos) {
            return false;
        }
        step.keys.emplace_back(std::move(name), rest.substr(1, end - 1));
        rest.remove_prefix(end + 1);
    }
    return take(rest, ']');
}

char quoteFor(const std::string& value)
{
    return value.find('\'') == value.npos ? '\'' : '"';
}

} // namespace

std::optional<std::vector<Step>> parsePath(std::string_view path)
{
    std::vector<Step> steps;
    while (!path.empty()) {
        if (path.front() != '/') {
            return std::nullopt;
        }
        path.remove_prefix(1);
        Step step;
        if (!takeName(path, step.module, step.name)) {
            return std::nullopt;
        }
        if (step.module.empty()) {
            if (steps.empty()) {
                return std::nullopt;
            }
            step.module = steps.back().module;
        }
        while (!path.empty() && path.front() == '[') {
            if (!takeKey(path, step)) {
                return std::nullopt;
            }
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parseKeys(std::string_view text)
{
    Step step;
    while (!text.empty()) {
        if (text.front() != '[' || !takeKey(text, step) || !step.ofUser.empty()) {
            return std::nullopt;
        }
    }
    return step.keys;
}

XmlPath xmlPath(const ly_ctx* ctx, const std::string& path)
{
    XmlPath out;
    std::vector<std::string> declared;
    const auto prefixed = [&](const std::string& module) -> std::string {
        const lys_module* const found = ly_ctx_get_module_implemented(ctx, module.c_str());
        if (!found) {
            return module + ":";
        }
        if (std::ranges::find(declared, module) == declared.end()) {
            declared.push_back(module);
            out.declarations
                += " xmlns:" + std::string(found->prefix) + "=\"" + std::string(found->ns) + "\"";
        }
        return std::string(found->prefix) + ":";
    };
    const auto steps = parsePath(path);
    if (!steps) {
        out.text = path;
        return out;
    }
    for (const Step& step : *steps) {
        out.text += "/" + prefixed(step.module) + step.name;
        for (const auto& [name, value] : step.keys) {
            const char quote = quoteFor(value);
            out.text += "[" + (name == "." ? name : prefixed(step.module) + name) + "=" + quote
                + value + quote + "]";
        }
    }
    return out;
}

std::string pathOf(const lyd_node* node)
{
    const yang::Text text(lyd_path(node, LYD_PATH_STD, nullptr, 0));
    return text ? text.get() : "";
}

} // namespace agent
