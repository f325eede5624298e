#include "common/fd.h"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace fd {

Fd::~Fd()
{
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void fail(const std::string& what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

std::pair<Fd, Fd> socketPair()
{
    int ends[2] = { -1, -1 };
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        fail("socketpair");
    }
    return { Fd(ends[0]), Fd(ends[1]) };
}

void setNonBlocking(int fd)
{
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        fail("fcntl");
    }
}

void keepOverExec(int fd)
{
    if (::fcntl(fd, F_SETFD, 0) != 0) {
        fail("fcntl");
    }
}

std::string readFile(const std::string& path, size_t most)
{
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        fail(path);
    }
    std::string out;
    char block[65536];
    for (;;) {
        const ssize_t n = ::read(file.get(), block, sizeof block);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fail(path);
        }
        if (n == 0) {
            return out;
        }
        out.append(block, static_cast<size_t>(n));
        if (out.size() > most) {
            throw std::length_error(path + ": larger than " + std::to_string(most) + " bytes");
        }
    }
}

namespace {

void writeAll(int file, const std::string& content, const std::string& path)
{
    size_t done = 0;
    while (done < content.size()) {
        const ssize_t n = ::write(file, content.data() + done, content.size() - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fail(path);
        }
        done += static_cast<size_t>(n);
    }
    if (::fsync(file) != 0) {
        fail(path);
    }
}

} // namespace

void syncFolder(const std::string& folder)
{
    const Fd open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open || ::fsync(open.get()) != 0) {
        fail(folder);
    }
}

void replaceFile(const std::string& path, const std::string& content, unsigned mode)
{
    const size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    const std::string aside = path + ".new";
    ::unlink(aside.c_str());
    try {
        const Fd file(
            ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
        if (!file) {
            fail(aside);
        }
        writeAll(file.get(), content, aside);
        if (::rename(aside.c_str(), path.c_str()) != 0) {
            fail(path);
        }
    } catch (...) {
        ::unlink(aside.c_str());
        throw;
    }
    syncFolder(folder);
}

} // namespace fd
