// What the vendor's own software says of the node: the files facts.d/*.json. A file counts if
// nobody but root can have written it, if it is valid, and if it is fresh: not older than its own
// max-age, or else than stale-after of the category, and not of the future. A file that does not
// count is a failed source of the categories that it is about, as far as one can tell.
#pragma once

#include "agent/config.h"
#include "agent/prober/probe.h"
#include "agent/prober/vendor/fact_file.h"
#include "agent/prober/vendor/mappings.h"
#include "common/frame.h"
#include "common/trusted.h"

#include <functional>
#include <map>
#include <optional>

namespace agent {

class Facts {
public:
    static constexpr size_t MostBytes = 1u << 20; // of a file
    static constexpr size_t MostFiles = 256;

    using Tell = std::function<void(frame::Message)>;

    /// The folders are paths inside of `root`. `tell` gets a Message::FactsJudged whenever what
    /// became of a file in a category is another than before.
    Facts(
        const Root& root, const yang::Context& context, const Vendor& vendor, Tell tell = nullptr);

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
        bool settled = false; // another edit would leave another stamp
    };
    void refresh();
    void judge(const std::string& name, const Entry& entry, const std::string& category,
        const char* outcome, const std::string& why);
    std::string signature(std::chrono::seconds staleAfter) const;
    Entry read(
        const trusted::Folder& folder, const std::string& name, const struct stat& status) const;

    const Root& root_;
    const yang::Context& context_;
    std::string folder_;
    std::map<std::string, Entry> entries_;
    std::optional<Reading::Failure> failure_; // of the folder
    Mappings mappings_;
    Tell tell_;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>>
        told_; // by file and category
};

} // namespace agent
