// What the vendor says of how a Web login's settings are to be read: the files mappings.d/*.json,
// in the form of femto-vendor:mapping. What they make is as the program's configuration file says,
// 'declared', with file and line as evidence.
#pragma once

#include "agent/prober/probe.h"

namespace agent {

class Mappings {
public:
    static constexpr size_t MostBytes = 256u << 10; // of a mapping
    static constexpr size_t MostFiles = 64;
    static constexpr size_t MostSource = 1u << 20; // bytes of a configuration file

    /// `folder` is a path inside of `root`, and must be root's alone (common/trusted.h).
    Mappings(const Root& root, const yang::Context& context, std::string folder)
        : root_(root)
        , context_(context)
        , folder_(std::move(folder))
    {
    }

    /// Adds what they make for a category to its content. What cannot be read or understood, the
    /// mapping, the file that it names or one value, is a failure; a key that is not there leaves
    /// its leaf absent. True if something was added.
    bool addTo(yang::Node content, const std::string& category,
        std::vector<Reading::Failure>& failures) const;

private:
    const Root& root_;
    const yang::Context& context_;
    std::string folder_;
};

/// Of an error in a file: "PATH:LINE: ..." or "PATH: ...", with its reason.
Reading::Failure failureOf(const std::string& path, const std::exception& error);

} // namespace agent
