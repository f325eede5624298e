// A file of the operator that is read again when it changes (inotify(7)). The folder is watched, so
// that editors and deployments that rename a new file into place are seen.
#pragma once

#include "common/fd.h"
#include "common/loop.h"

#include <functional>
#include <string>

namespace collector {

class WatchedFile {
public:
    /// Calls `changed` after the file was written, replaced or removed.
    WatchedFile(loop::Loop& loop, const std::string& path, std::function<void()> changed);
    ~WatchedFile();
    WatchedFile(const WatchedFile&) = delete;
    WatchedFile& operator=(const WatchedFile&) = delete;

private:
    void look();

    loop::Loop& loop_;
    std::string name_;
    std::function<void()> changed_;
    fd::Fd inotify_;
};

} // namespace collector
