// A probe reads one category of the system into one YANG container.
#pragma once

#include "agent/prober/root.h"
#include "common/yang.h"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace agent {

class Facts;
class HashCache;

/// What stands before the name of a category of ours in its identity.
inline const std::string Standard = "femto-security-types:";

/// A source that was not understood: names the file and line and quotes the offending text.
struct ParseError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What the operator configured for a category, as in /fs:femto-security/collection/category.
struct Settings {
    std::vector<std::string> include; // path prefixes; the probe's own choice if empty
    std::vector<std::string> exclude;
    size_t maxEntries = 20000;
    std::chrono::seconds staleAfter { 300 }; // age at which a fact of the vendor is one no more
    std::string webService; // PAM service of the vendor's Web login, from the agent's configuration
};

/// What one run of a probe is given, and how it says what it could not read.
struct Reading {
    const Root& root;
    yang::Node out; // the container of the category below /fs:femto-security/inventory
    const Settings& settings;
    HashCache& hashes;
    /// Nobody looks at less than the whole: a probe may end as soon as it is unfinished.
    bool wholeOnly = false;
    /// To be called now and then by a probe that takes long: others have their turn.
    std::function<void()> breathe = [] {};

    /// A source that could not be read, or not be understood, while the rest stands: the category
    /// becomes 'partial' with this reason (name of a collection-reason identity).
    void failed(const std::string& source, const std::string& reason, const std::string& error);
    /// The same for a caught exception: the reason follows from its type.
    void failed(const std::string& source, const std::exception& error);
    /// The same as a function, for what is read on its behalf.
    auto failing()
    {
        return [this](const std::string& source, const std::exception& error) {
            failed(source, error);
        };
    }

    struct Failure {
        std::string source;
        std::string reason;
        std::string error;
    };
    std::vector<Failure> failures {};
    /// Work is left that the next run goes on with: the category becomes 'partial',
    /// 'resource-limited', and is due again at once.
    bool unfinished = false;
};

struct Probe {
    const char* name; // of its container, its category identity, its file and its fixtures
    void (*read)(Reading& reading);
};

/// Everything this agent reads, in one list.
std::span<const Probe> probes();

struct Result {
    yang::Tree tree; // /fs:femto-security with status/category of the probe and its inventory;
                     // empty if unfinished and only the whole was wanted
    bool unfinished = false;
    bool content = false; // the category was read, in part at least
};

constexpr const char* InventoryPath = "/femto-security:femto-security/inventory";
/// Of the row of a category.
std::string statusPath(const std::string& category);

/// Runs one probe and adds the vendor's facts. Whatever it throws becomes its status in the tree:
/// nothing escapes. A probe that throws has what it found withdrawn: Absent is
/// not-collected/source-missing, ParseError and yang::Error parse-error, EACCES and EPERM
/// permission-denied, std::length_error truncated.
Result run(
    const Probe& probe, const Root& root, const Settings& settings, HashCache& hashes, Facts& facts,
    const yang::Context& context, bool wholeOnly = false,
    const std::function<void()>& breathe = [] {});

/// Name of the collection-reason that an exception stands for.
std::string reasonOf(const std::exception& error);

} // namespace agent
