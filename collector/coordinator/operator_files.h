// The operator's policy and collection configuration: read at start and whenever the file changes.
// A file that is not valid changes nothing: the former content stays in force, and it is said.
#pragma once

#include "collector/config.h"
#include "collector/coordinator/watched_file.h"
#include "common/yang.h"

#include <memory>
#include <nlohmann/json.hpp>

namespace collector {

class OperatorFiles {
public:
    struct Outlets {
        std::function<void(const std::string& text)> policy;
        std::function<void(const std::string& text)> collection;
    };

    /// Throws std::runtime_error if a file is not valid at the start.
    /// `context` is schemas::management(), with the operator's modules.
    OperatorFiles(loop::Loop& loop, const Config& config, yang::Context context, Outlets outlets);

    /// {"version", "file", "error"}: what is in force, and what is wrong with the file now, if so.
    const nlohmann::json& policyState() const { return policyState_; }

private:
    void readPolicy();
    void readCollection();
    void first(const std::string& path, void (OperatorFiles::*read)());
    void reread(const std::string& path, void (OperatorFiles::*read)());

    const Config& config_;
    Outlets outlets_;
    yang::Context context_;
    nlohmann::json policyState_;
    std::unique_ptr<WatchedFile> policyFile_;
    std::unique_ptr<WatchedFile> collectionFile_;
};

} // namespace collector
