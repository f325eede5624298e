#include "collector/coordinator/watched_file.h"

#include <filesystem>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace collector {

WatchedFile::WatchedFile(loop::Loop& loop, const std::string& path, std::function<void()> changed)
    : loop_(loop)
    , name_(std::filesystem::path(path).filename())
    , changed_(std::move(changed))
    , inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
{
    const std::string folder = std::filesystem::path(path).parent_path();
    if (!inotify_
        || ::inotify_add_watch(inotify_.get(), folder.c_str(),
               IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
            < 0) {
        fd::fail(folder);
    }
    loop_.watch(inotify_.get(), EPOLLIN, [this](uint32_t) { look(); });
}

WatchedFile::~WatchedFile()
{
    loop_.forget(inotify_.get());
}

void WatchedFile::look()
{
    alignas(inotify_event) char block[16384];
    bool ours = false;
    for (;;) {
        const ssize_t n = ::read(inotify_.get(), block, sizeof block);
        if (n <= 0) {
            break;
        }
        for (ssize_t at = 0; at < n;) {
            const auto* const event = reinterpret_cast<const inotify_event*>(block + at);
            ours |= (event->mask & IN_Q_OVERFLOW) || (event->len != 0 && name_ == event->name);
            at += static_cast<ssize_t>(sizeof *event + event->len);
        }
    }
    if (ours) {
        changed_();
    }
}

} // namespace collector
