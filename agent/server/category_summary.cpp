#include "agent/server/category_summary.h"

#include <algorithm>

namespace agent {

CategorySummary CategorySummary::read(yang::Node row)
{
    CategorySummary out;
    out.type = row.valueOr("type", "");
    out.status = row.valueOr("status", "");
    const bool known = out.status == statusName("collected") || out.status == statusName("partial")
        || out.status == statusName("not-collected") || out.status == statusName("unsupported");
    if (!known || row.child("generation") || row.child("changed-at")) {
        throw yang::Error(out.type + ": not a status that a prober gives");
    }
    out.reasons = row.values("reason");
    std::ranges::sort(out.reasons);
    out.detail = row.value("detail");
    out.collectedAt = row.value("collected-at");
    out.entryCount = row.value("entry-count");
    out.confidence = row.value("confidence");
    out.missedEvents = row.value("missed-events");
    for (const yang::Node& source : row.children("source")) {
        out.sources.push_back(
            { source.valueOr("name", ""), source.value("ok"), source.value("error") });
    }
    return out;
}

void CategorySummary::write(yang::Node parent) const
{
    fill(parent.entry("category", type));
}

void CategorySummary::fill(yang::Node row) const
{
    const auto put = [&](const char* name, const std::optional<std::string>& value) {
        if (value) {
            row.leaf(name, *value);
        }
    };
    row.leaf("status", status);
    for (const std::string& reason : reasons) {
        row.leaf("reason", reason);
    }
    put("detail", detail);
    put("collected-at", collectedAt);
    put("changed-at", changedAt);
    if (generation != 0) {
        row.leaf("generation", generation);
    }
    put("digest", digest);
    put("entry-count", entryCount);
    put("confidence", confidence);
    put("missed-events", missedEvents);
    for (const Source& source : sources) {
        const yang::Node at = row.entry("source", source.name);
        if (source.ok) {
            at.leaf("ok", *source.ok);
        }
        if (source.error) {
            at.leaf("error", *source.error);
        }
    }
}

bool CategorySummary::usable() const
{
    return status == statusName("collected") || status == statusName("partial")
        || status == statusName("stale");
}

std::string statusName(const std::string& name)
{
    return "femto-security-types:" + name;
}

} // namespace agent
