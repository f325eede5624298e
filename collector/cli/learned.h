// Lists of what is permitted, learned from golden nodes: the union of what they have.
#pragma once

#include "collector/cli/documents.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace cli {

struct LearnOptions {
    std::string release = "learned";
    bool programHashes = false;
};

class Learned {
public:
    using Json = nlohmann::ordered_json;
    using List = std::map<std::string, Json>; // by its key, as the list is to be sorted

    /// Begins with the lists and the manifest of this release that a profile (RFC 7951) has.
    Learned(const Json& profile, LearnOptions options);

    /// Adds what a golden node has. Each note says, in one line, what was not learned or should be
    /// looked at.
    std::vector<std::string> take(yang::Node top);
    /// Puts the lists and the manifest into the profile.
    void put(Json& profile) const;

private:
    void takeAccounts(yang::Node category);
    void takePrograms(yang::Node category);
    void takePorts(yang::Node category, std::vector<std::string>& notes);
    void takeComponents(yang::Node category, std::vector<std::string>& notes);
    void takePort(yang::Node port, std::vector<std::string>& notes);

    LearnOptions options_;
    List users_;
    List groups_;
    List grants_;
    List setuidFiles_;
    List programs_;
    List ports_;
    List components_;
    Json manifest_; // what it says besides its components
    std::map<std::string, size_t> seenOn_; // components, and on how many nodes
    size_t measuredNodes_ = 0;
};

} // namespace cli
