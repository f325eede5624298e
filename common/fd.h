// A file descriptor that is owned.
#pragma once

#include <string>
#include <utility>

namespace fd {

class Fd {
public:
    Fd() = default;
    explicit Fd(int owned)
        : fd_(owned)
    {
    }
    Fd(Fd&& other) noexcept
        : fd_(std::exchange(other.fd_, -1))
    {
    }
    Fd& operator=(Fd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd();

    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }
    void close() { *this = Fd(); }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// Two ends of a stream socket, close-on-exec and non-blocking.
std::pair<Fd, Fd> socketPair();

void setNonBlocking(int fd);
/// Kept open over exec, for a child that is told its number.
void keepOverExec(int fd);

/// Throws std::system_error with errno and `what`, always.
[[noreturn]] void fail(const std::string& what);

/// Content of a file, at most `most` bytes. Throws std::system_error, std::length_error.
std::string readFile(const std::string& path, size_t most);

/// What was made, renamed or removed in a folder survives power loss from now on. Throws
/// std::system_error.
void syncFolder(const std::string& folder);

/// Replaces a file so that at every moment, power loss included, it has its old or its new content:
/// write aside, fsync, rename, fsync of the folder. Throws std::system_error; nothing is then left.
void replaceFile(const std::string& path, const std::string& content, unsigned mode = 0600);

} // namespace fd
