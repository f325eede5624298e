// Files that the offline commands read: policies and snapshots. Every error names the file.
#pragma once

#include "collector/worker/policy.h"
#include "common/yang.h"

#include <string>

namespace cli {

/// Throws std::runtime_error "FILE: what is wrong".
std::string readDocument(const std::string& path, size_t most);
collector::Policy readPolicy(const yang::Context& context, const std::string& path);

/// What `femtowatch-agent snapshot` prints, as JSON or XML.
struct Snapshot {
    std::string path;
    std::string node; // its node-id if the document has one, else the name of the file
    yang::Tree tree;

    /// /femto-security:femto-security
    yang::Node top() const { return *tree.find("/femto-security:femto-security"); }
};
Snapshot readSnapshot(const yang::Context& context, const std::string& path);

} // namespace cli
