#include "agent/prober/category_result.h"
#include "agent/prober/password.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/text.h"

#include <algorithm>
#include <set>

namespace agent {

namespace {

std::string weakestConfidence(yang::Node content)
{
    constexpr std::string_view Order[] = { "effective", "declared", "inferred", "unknown" };
    size_t weakest = 0;
    bool any = false;
    for (const yang::Node& entry : content.children()) {
        const auto value = entry.isList() ? entry.value("confidence") : std::nullopt;
        for (size_t i = 0; value && i < std::size(Order); ++i) {
            if (*value == Order[i]) {
                weakest = std::max(weakest, i);
                any = true;
            }
        }
    }
    return any ? std::string(Order[weakest]) : "";
}

/// Over what was found; when it was found is no part of that.
std::string digestOf(const yang::Tree& tree, const std::string& home)
{
    const auto timed = [](yang::Node entry) { return entry.child("measured-at").has_value(); };
    const auto content = tree.find(home);
    if (!content) {
        return digest::sha256("");
    }
    if (!std::ranges::any_of(content->children(), timed)) {
        return digest::sha256(content->canonical());
    }
    const yang::Tree copy = tree.copy();
    const yang::Node untimed = *copy.find(home);
    for (const yang::Node& entry : untimed.children()) {
        if (const auto time = entry.child("measured-at")) {
            time->remove();
        }
    }
    return digest::sha256(untimed.canonical());
}

} // namespace

size_t countAndCut(yang::Node content, size_t most, std::vector<Reading::Failure>& failures)
{
    size_t count = 0;
    bool cut = false;
    for (const yang::Node& child : content.children()) {
        if (!child.isList()) {
            continue;
        }
        if (count == most) {
            child.remove();
            cut = true;
        } else {
            ++count;
        }
    }
    if (cut) {
        failures.push_back(
            { "max-entries", "truncated", "more than " + std::to_string(most) + " entries" });
    }
    return count;
}

Row describe(const yang::Tree& tree, const std::string& home, yang::Node counted, size_t count)
{
    return { digestOf(tree, home), count, weakestConfidence(counted) };
}

void writeRow(yang::Tree& tree, const yang::Context& context, const std::string& category,
    const std::optional<Row>& row, const std::vector<Reading::Failure>& failures)
{
    const std::string prefix = "femto-security-types:";
    const yang::Node status = tree.at(context, statusPath(category));
    const char* const state = !row ? "not-collected" : failures.empty() ? "collected" : "partial";
    status.leaf("status", prefix + state);
    std::set<std::string> reasons;
    for (const Reading::Failure& failure : failures) {
        if (reasons.insert(failure.reason).second) {
            status.leaf("reason", prefix + failure.reason);
        }
    }
    if (!failures.empty()) {
        status.leaf("detail", text::legible(withoutHashes(failures.front().error)));
    }
    if (row) {
        status.leaf("collected-at", wall::now());
    }
    std::set<std::string> sources;
    for (const Reading::Failure& failure : failures) {
        const std::string name = text::carried(failure.source);
        if (sources.insert(name).second) {
            const yang::Node source = status.entry("source", name);
            source.leaf("ok", false);
            source.leaf("error", text::legible(withoutHashes(failure.error)));
        }
    }
    if (row) {
        status.leaf("digest", row->digest);
        status.leaf("entry-count", row->count);
        if (!row->confidence.empty()) {
            status.leaf("confidence", row->confidence);
        }
    }
}

} // namespace agent
