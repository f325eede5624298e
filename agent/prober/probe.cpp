#include "agent/prober/probe.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

namespace agent {

namespace {

/// Entries of a category: those of its lists, not of lists inside them. Cuts what is over the
/// limit.
size_t countAndCut(yang::Node category, size_t most, bool& cut)
{
    size_t count = 0;
    for (const yang::Node& child : category.children()) {
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
    return count;
}

std::string weakestConfidence(yang::Node category)
{
    constexpr std::string_view Order[] = { "effective", "declared", "inferred", "unknown" };
    size_t weakest = 0;
    bool any = false;
    for (const yang::Node& entry : category.children()) {
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

void writeStatus(yang::Node status, const Reading& reading, const std::string& state)
{
    const std::string prefix = "femto-security-types:";
    status.leaf("status", prefix + state);
    std::set<std::string> reasons;
    for (const Reading::Failure& failure : reading.failures) {
        if (reasons.insert(failure.reason).second) {
            status.leaf("reason", prefix + failure.reason);
        }
    }
    if (!reading.failures.empty()) {
        const auto& first = reading.failures.front();
        status.leaf("detail", text::legible(first.error));
    }
    if (state == "collected" || state == "partial") {
        status.leaf("collected-at", wall::now());
    }
    std::set<std::string> sources;
    for (const Reading::Failure& failure : reading.failures) {
        const std::string name = text::carried(failure.source);
        if (sources.insert(name).second) {
            const yang::Node source = status.entry("source", name);
            source.leaf("ok", false);
            source.leaf("error", text::legible(failure.error));
        }
    }
}

} // namespace

std::string statusPath(const std::string& category)
{
    return "/femto-security:femto-security/status/category[type='femto-security-types:" + category
        + "']";
}

std::string reasonOf(const std::exception& error)
{
    if (dynamic_cast<const Absent*>(&error)) {
        return "source-missing";
    }
    if (dynamic_cast<const std::length_error*>(&error)) {
        return "truncated";
    }
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
        const int code = system->code().value();
        if (code == EACCES || code == EPERM) {
            return "permission-denied";
        }
        if (code == ENOENT || code == ESRCH) {
            return "raced";
        }
        if (code == ENOMEM || code == EMFILE || code == ENFILE) {
            return "resource-limited";
        }
        return "source-missing";
    }
    return "parse-error";
}

void Reading::failed(const std::string& source, const std::string& reason, const std::string& error)
{
    failures.push_back({ source, reason, error });
}

void Reading::failed(const std::string& source, const std::exception& error)
{
    failed(source, reasonOf(error), error.what());
}

Result run(const Probe& probe, const Root& root, const Settings& settings, HashCache& hashes,
    const yang::Context& context, bool wholeOnly)
{
    const std::string home = std::string(InventoryPath) + "/" + probe.name;
    const std::string row = statusPath(probe.name);
    Result result;
    Reading reading { root, result.tree.at(context, home), settings, hashes, wholeOnly };
    std::string state = "collected";
    size_t count = 0;
    std::string confidence;
    try { // boundary: a probe
        probe.read(reading);
        if (reading.unfinished && wholeOnly) {
            return { {}, true };
        }
        bool cut = false;
        count = countAndCut(reading.out, settings.maxEntries, cut);
        if (cut) {
            reading.failed("max-entries", "truncated",
                "more than " + std::to_string(settings.maxEntries) + " entries");
        }
        confidence = weakestConfidence(reading.out);
        result.tree.validate(context);
        if (reading.unfinished) {
            reading.failed(probe.name, "resource-limited", "not all has been read yet");
            result.unfinished = true;
        }
        if (!reading.failures.empty()) {
            state = "partial";
        }
    } catch (const std::exception& e) {
        result.tree = {};
        count = 0;
        state = "not-collected";
        reading.failures.insert(reading.failures.begin(), { probe.name, reasonOf(e), e.what() });
    }
    const yang::Node status = result.tree.at(context, row);
    writeStatus(status, reading, state);
    result.content = state != "not-collected";
    if (result.content) {
        status.leaf("digest", digestOf(result.tree, home));
        status.leaf("entry-count", count);
        if (!confidence.empty()) {
            status.leaf("confidence", confidence);
        }
    }
    return result;
}

} // namespace agent
