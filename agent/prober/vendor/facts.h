// What the vendor's own software says of the node: the files facts.d/*.json. A file counts if
// nobody but root can have written it, if it is valid, and if it is fresh: not older than its own
// max-age, or else than stale-after of the category, and not of the future. A file that does not
// count is a failed source of the categories that it is about, as far as one can tell.
#pragma once

#include "agent/config.h"
#include "agent/prober/probe.h"
#include "agent/prober/vendor/fact_file.h"
#include "agent/prober/vendor/mappings.h"
#include "common/trusted.h"

#include <map>
#include <optional>

namespace agent {

class Facts {
public:
    static constexpr size_t MostBytes = 1u << 20; // of a file
    static constexpr size_t MostFiles = 256;

    /// The folders are paths inside of `root`.
    Facts(const Root& root, const yang::Context& context, const Vendor& vendor);

    /// Looks at the folder; what has not changed since is not read again. Then adds what the files
    /// say of a category to its content, after what mappings make. True if something was added.
    bool addTo(yang::Node content, const std::string& category, std::chrono::seconds staleAfter,
        std::vector<Reading::Failure>& failures);

    const std::string& folder() const { return folder_; }

private:
    struct Entry {
        struct stat status { };
        FactFile file {};
        std::optional<Reading::Failure> failure {};
        std::set<std::string> about {}; // categories of the failure; all if empty
    };
    void refresh();
    std::string signature(std::chrono::seconds staleAfter) const;
    Entry read(
        const trusted::Folder& folder, const std::string& name, const struct stat& status) const;

    const Root& root_;
    const yang::Context& context_;
    std::string folder_;
    std::map<std::string, Entry> entries_;
    std::optional<Reading::Failure> failure_; // of the folder
    Mappings mappings_;
};

} // namespace agent
