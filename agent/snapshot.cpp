#include "agent/snapshot.h"
#include "agent/prober/hash_cache.h"
#include "agent/prober/probe.h"
#include "agent/prober/settings.h"
#include "agent/prober/vendor/extension.h"
#include "common/text.h"
#include "yang/extensions.h"

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace agent {

namespace {

/// Runs a probe until nothing is left to do; on a terminal one sees that it lives.
Result runToTheEnd(const Probe& probe, const Root& root, const Settings& settings,
    HashCache& hashes, Facts& facts, const yang::Context& context)
{
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    for (size_t round = 1;; ++round) {
        hashes.begin();
        Result result = run(probe, root, settings, hashes, facts, context, true);
        if (terminal) {
            std::cerr << "\r\033[K" << probe.name << (result.unfinished ? ": hashing" : "")
                      << std::string(round % 4, '.') << std::flush;
        }
        if (!result.unfinished) {
            if (terminal) {
                std::cerr << "\r\033[K" << std::flush;
            }
            return result;
        }
    }
}

} // namespace

int snapshot(const SnapshotOptions& options)
{
    const Root root(options.root);
    schemas::Extensions extensions
        = schemas::Extensions::ofVendor(root.top(), options.vendor.modules);
    const yang::Context context = extensions.in(schemas::prober);
    const std::vector<std::string> more = extensionCategories(context);
    for (const std::string& name : options.categories) {
        if (std::ranges::none_of(probes(), [&](const Probe& p) { return p.name == name; })
            && std::ranges::find(more, name) == more.end()) {
            throw std::runtime_error("--category: there is no category " + text::quoted(name));
        }
    }
    const yang::Tree startup
        = yang::Tree::parse(context, schemas::file("startup.json"), yang::Format::Json, false);
    HashCache::Limits limits;
    limits.budget = std::chrono::seconds(3); // nobody waits for another category
    HashCache hashes(limits);
    Facts facts(root, context, options.vendor);
    yang::Tree all;
    all.at(context, "/femto-security:femto-security/status/agent-version", FEMTOWATCH_VERSION);
    extensions.describe(all.at(context, "/femto-security:femto-security/status"));
    const auto wanted = [&](const std::string& name) {
        return options.categories.empty()
            || std::ranges::find(options.categories, name) != options.categories.end();
    };
    for (const Probe& probe : probes()) {
        if (!wanted(probe.name)) {
            continue;
        }
        Settings settings = settingsOf(startup, probe.name);
        settings.webService = options.vendor.webService;
        all.merge(runToTheEnd(probe, root, settings, hashes, facts, context).tree);
    }
    for (const std::string& category : more) {
        if (wanted(category)) {
            const Settings settings = settingsOf(startup, category);
            all.merge(runExtension(category, settings, facts, context).tree);
        }
    }
    std::cout << all.print(options.format == "xml" ? yang::Format::Xml : yang::Format::Json)
              << std::flush;
    if (!std::cout) {
        throw std::runtime_error("standard output: cannot be written");
    }
    return 0;
}

} // namespace agent
