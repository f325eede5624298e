// Files below folders, each once, whatever links lead there. Links are not followed but reported.
#pragma once

#include "agent/prober/root.h"

#include <functional>
#include <set>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace agent {

struct FoundFile {
    const std::string& path;
    const struct stat& what; // of the file itself, also if it is a link
    int folder; // open folder that `name` is in
    const char* name;
};

class FileWalk {
public:
    /// Receives what is no folder. False ends the walk.
    using Each = std::function<bool(const FoundFile&)>;
    /// Receives a folder that could not be read.
    using Failed = std::function<void(const std::string& path, const std::exception& error)>;

    FileWalk(const Root& root, std::vector<std::string> exclude, Each each, Failed failed);

    /// A file, or everything below a folder, in the order of names; with `deep` false only what is
    /// in the folder itself, which ends its being walked deep later. Links on the way to it are
    /// reported too. Nothing if it is not there.
    void walk(const std::string& prefix, bool deep = true);

private:
    bool excluded(const std::string& path) const;
    void single(const std::string& path);
    void folder(fd::Fd open, const std::string& path, bool deep, size_t depth);
    void enter(int parent, const std::string& name, const std::string& path, size_t depth);

    const Root& root_;
    std::vector<std::string> exclude_;
    Each each_;
    Failed failed_;
    bool ended_ = false;
    std::set<std::pair<dev_t, ino_t>> visited_;
    std::set<std::string> single_; // files that were named themselves, and links on the way
};

/// A path without links in its folders or in itself, as far as it exists; a link if links go round
/// in circles. `links` receives those that were followed.
std::string withoutLinks(
    const Root& root, const std::string& path, std::vector<std::string>* links = nullptr);

} // namespace agent
