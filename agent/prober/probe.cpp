#include "agent/prober/probe.h"
#include "agent/prober/category_result.h"
#include "agent/prober/vendor/facts.h"

#include <cerrno>
#include <system_error>

namespace agent {

std::string statusPath(const std::string& category)
{
    const bool full = category.find(':') != category.npos;
    return "/femto-security:femto-security/status/category[type='" + (full ? "" : Standard)
        + category + "']";
}

std::string reasonOf(const std::exception& error)
{
    if (dynamic_cast<const Absent*>(&error)) {
        return "source-missing";
    }
    if (dynamic_cast<const std::length_error*>(&error)) {
        return "truncated";
    }
    if (dynamic_cast<const std::bad_alloc*>(&error)) {
        return "resource-limited";
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
    Facts& facts, const yang::Context& context, bool wholeOnly,
    const std::function<void()>& breathe)
{
    const std::string home = std::string(InventoryPath) + "/" + probe.name;
    Result result;
    Reading reading { root, result.tree.at(context, home), settings, hashes, wholeOnly, breathe };
    bool found = true;
    try { // boundary: a probe
        probe.read(reading);
        if (reading.unfinished && wholeOnly) {
            return { {}, true };
        }
        result.tree.validate(context);
        if (reading.unfinished) {
            reading.failed(probe.name, "resource-limited", "not all has been read yet");
            result.unfinished = true;
        }
    } catch (const std::exception& e) {
        result.tree = {};
        found = false;
        reading.failures.insert(reading.failures.begin(), { probe.name, reasonOf(e), e.what() });
    }
    const std::string category = Standard + probe.name;
    const yang::Node content = result.tree.at(context, home);
    found = facts.addTo(content, category, settings.staleAfter, reading.failures) || found;
    std::optional<Row> row;
    if (found) {
        const size_t count = countAndCut(content, settings.maxEntries, reading.failures);
        row = describe(result.tree, home, content, count);
    } else {
        result.tree = {};
    }
    result.content = found;
    writeRow(result.tree, context, category, row, reading.failures);
    return result;
}

} // namespace agent
