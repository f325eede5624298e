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
        ++number;
        const std::string_view line = text::trim(raw);
        if (line.empty() || line[0] == '#') {
            continue;
        }
        const size_t end = std::min(line.find_first_of(" \t"), line.size());
        std::string_view value = text::trim(line.substr(end));
        // A value in double quotes loses them (lib/getdef.c of shadow).
        if (value.starts_with('"')) {
            value.remove_prefix(1);
            value = value.substr(0, value.find('"'));
        }
        const LoginDefs::Value entry { std::string(value), path + ":" + std::to_string(number) };
        const std::string name(line.substr(0, end));
        defs.last.insert_or_assign(name, entry);
        defs.first.try_emplace(text::lower(name), entry);
    }
    return defs;
}

} // namespace agent
