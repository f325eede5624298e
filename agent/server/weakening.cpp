#include "agent/server/weakening.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

using Lines = std::vector<std::string>;

/// Whether all that begins with `path` begins with one of `prefixes` too.
bool covered(const std::string& path, const std::vector<std::string>& prefixes)
{
    return std::ranges::any_of(prefixes, [&](const std::string& prefix) {
        return path == prefix
            || (path.starts_with(prefix) && (prefix.ends_with('/') || path[prefix.size()] == '/'));
    });
}

void longer(Lines& out, const std::string& what, uint32_t before, uint32_t now, const char* unit)
{
    if (now > before) {
        out.push_back(
            what + " is " + std::to_string(now) + unit + ", was " + std::to_string(before) + unit);
    }
}

void smaller(Lines& out, const std::string& what, uint32_t before, uint32_t now)
{
    if (now < before) {
        out.push_back(what + " is " + std::to_string(now) + ", was " + std::to_string(before));
    }
}

void comparePaths(Lines& out, const std::string& name, const CategorySettings& before,
    const CategorySettings& now)
{
    if (before.include.empty() && !now.include.empty()) {
        std::string all;
        for (const std::string& one : now.include) {
            all += (all.empty() ? "" : " ") + one;
        }
        out.push_back(
            name + ": include is only " + text::quoted(all, 400) + ", was all that is named");
    }
    for (const std::string& one : before.include) {
        if (!covered(one, now.include)) {
            out.push_back(name + ": include " + text::quoted(one, 400) + " is removed");
        }
    }
    for (const std::string& one : now.exclude) {
        if (!covered(one, before.exclude)) {
            out.push_back(name + ": exclude " + text::quoted(one, 400) + " is new");
        }
    }
}

void compare(Lines& out, const std::string& name, const CategorySettings& before,
    const CategorySettings& now)
{
    if (before.enabled && !now.enabled) {
        out.push_back(name + ": is disabled");
    }
    longer(out, name + ": sampling-interval", before.samplingInterval, now.samplingInterval, " s");
    if (before.periodic && !now.periodic) {
        out.push_back(name + ": is no longer reported periodically");
    } else if (before.periodic) {
        longer(out, name + ": period", before.period, now.period, " s");
    }
    if (before.onChange && !now.onChange) {
        out.push_back(name + ": is no longer reported on change");
    } else if (before.onChange) {
        longer(out, name + ": dampening-period", before.dampening, now.dampening, " cs");
    }
    if (before.syncOnStart && !now.syncOnStart) {
        out.push_back(name + ": is no longer reported in full at the start");
    }
    smaller(out, name + ": max-entries", before.maxEntries, now.maxEntries);
    longer(out, name + ": stale-after", before.staleAfter, now.staleAfter, " s");
    comparePaths(out, name, before, now);
}

} // namespace

std::vector<std::string> weakenings(const Collection& before, const Collection& now)
{
    Lines out;
    if (before.enabled && !now.enabled) {
        out.emplace_back("the collection is disabled");
    }
    if (before.heartbeatInterval != 0 && now.heartbeatInterval == 0) {
        out.emplace_back("there is no heartbeat any more");
    } else if (before.heartbeatInterval != 0) {
        longer(out, "heartbeat-interval", before.heartbeatInterval, now.heartbeatInterval, " s");
    }
    smaller(out, "report-log-size", before.reportLogSize, now.reportLogSize);
    // Settings of what is disabled count as well: it may be enabled again, which tells nothing.
    for (const auto& [category, settings] : before.categories) {
        const auto found = now.categories.find(category);
        if (found != now.categories.end()) {
            compare(out, shortName(category), settings, found->second);
        } else if (settings.enabled) {
            out.push_back(shortName(category) + ": is removed");
        }
    }
    return out;
}

std::vector<std::string> changedCategories(const Collection& before, const Collection& now)
{
    std::vector<std::string> out;
    for (const auto& [category, settings] : before.categories) {
        const auto found = now.categories.find(category);
        if (found == now.categories.end() || found->second != settings
            || (before.active(category) != nullptr) != (now.active(category) != nullptr)) {
            out.push_back(category);
        }
    }
    for (const auto& [category, settings] : now.categories) {
        if (!before.categories.contains(category)) {
            out.push_back(category);
        }
    }
    std::ranges::sort(out);
    return out;
}

} // namespace agent
