// What a probe has looked at, so that it need not read again while nothing of that has changed.
// Files and folders are the same if their metadata is, to the nanosecond of ctime; what the kernel
// makes up (/proc, /sys) if it says the same; processes and sockets if their signature is.
#pragma once

#include "agent/prober/stamp.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

class Root;

class Sources {
public:
    /// A file or folder, or what a link in its place leads to; nothing if there is none. What
    /// changed at the very moment cannot be told from what changes next: such a reading is not
    /// certain().
    void file(const std::string& path, bool follow, const struct stat* what);
    /// Every file of an open folder, without those of folders in it: to be told before the first of
    /// them is looked at.
    void filesOf(const std::string& path, int folder);
    /// What the kernel makes up for reading.
    enum class Kind { Text, Names, Link, Presence };
    void made(const std::string& path, Kind kind, std::string_view said);
    /// Names as one text, for Kind::Names.
    static std::string joined(const std::vector<std::string>& names);
    /// Something else, by a name: whether it has changed. Of one name the first stands.
    void other(const std::string& name, std::function<bool()> changed);
    /// The same of what is in folders() all of it.
    void otherFiles(const std::string& name, std::function<bool()> changed);
    /// Something that changes in this folder is worth a look.
    void watch(const std::string& folder) { watched_.insert(folder); }
    bool knows(const std::string& name) const { return others_.contains(name); }
    /// Something was looked at that does not tell whether it has changed.
    void uncertain() { certain_ = false; }

    /// Whether unchanged() can be asked.
    bool certain() const { return certain_; }
    /// Costs a few system calls for each file, and reads none.
    bool unchanged(const Root& root) const;
    /// The same of processes and sockets alone, and whatever else other() told of.
    bool sameActivity(const Root& root) const;
    /// Folders in which something that changes would show, for inotify(7). Not all need exist; of
    /// large trees some are left out.
    const std::set<std::string>& folders() const { return watched_; }

private:
    bool sameFolders(const Root& root) const;

    std::map<std::pair<std::string, bool>, std::optional<Stamp>> files_;
    // Of these there may be many, in between memory that is soon given back: as one piece.
    std::string folders_; // paths, each with a NUL behind it
    std::string foldersDigest_;
    std::map<std::pair<std::string, Kind>, std::string> made_; // digest
    std::map<std::string, std::function<bool()>> others_;
    std::map<std::string, std::function<bool()>> otherFiles_;
    std::set<std::string> watched_;
    bool certain_ = true;

    static constexpr size_t MostWatched = 512; // of those in filesOf()
};

} // namespace agent
