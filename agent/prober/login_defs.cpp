#include "agent/prober/login_defs.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

std::optional<LoginDefs::Value> found(
    const std::map<std::string, LoginDefs::Value>& all, const std::string& name)
{
    const auto at = all.find(name);
    return at == all.end() ? std::nullopt : std::optional(at->second);
}

} // namespace

std::optional<LoginDefs::Value> LoginDefs::shadow(const std::string& name) const
{
    return found(last, name);
}

std::optional<LoginDefs::Value> LoginDefs::pam(const std::string& name) const
{
    return found(first, text::lower(name));
}

LoginDefs parseLoginDefs(std::string_view all, const std::string& path)
{
    LoginDefs defs;
    size_t number = 0;
    for (const std::string_view raw : text::allLines(all)) {
        const std::string where = path + ":" + std::to_string(++number);
        const std::string_view line = text::trim(raw);
        // lib/getdef.c of shadow: a comment is a line of its own, quotes around a value go.
        if (!line.empty() && line[0] != '#') {
            const size_t end = std::min(line.find_first_of(" \t"), line.size());
            std::string_view value = text::trim(line.substr(end));
            value.remove_prefix(value.starts_with('"') ? 1 : 0);
            value = value.substr(0, value.find('"'));
            defs.last.insert_or_assign(
                std::string(line.substr(0, end)), LoginDefs::Value { std::string(value), where });
        }
        // pam_modutil_search_key(): a comment may stand anywhere, '=' separates too.
        const std::string_view bare = text::trim(raw.substr(0, raw.find('#')));
        if (!bare.empty()) {
            const size_t end = std::min(bare.find_first_of(" \t="), bare.size());
            const size_t value = std::min(bare.find_first_not_of(" \t=", end), bare.size());
            defs.first.try_emplace(text::lower(bare.substr(0, end)),
                LoginDefs::Value { std::string(bare.substr(value)), where });
        }
    }
    return defs;
}

} // namespace agent
