#include "agent/gate/key_keeper.h"
#include "agent/gate/gate_messages.h"
#include "agent/gate/ssh_keys.h"
#include "common/frame.h"
#include "common/lockdown.h"
#include "common/loop.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace agent::gate {

namespace {

constexpr size_t MostKey = 65536;
constexpr uint64_t MostMemory = 512u << 20;

[[noreturn]] void refuse(const std::string& file, const std::string& why)
{
    throw std::runtime_error("host key " + file + ": " + why);
}

void lockDown(const Config& config)
{
    lockdown::Privileges keep;
    keep.changeIdentity = config.mayDrop; // root, as the files are, but with no capability
    if (config.mayDrop) {
        keep.rootFolder = config.keyDirectory;
    }
    keep.memory = MostMemory;
    keep.descriptors = 64;
    keep.systemCalls = { SCMP_SYS(openat), SCMP_SYS(renameat), SCMP_SYS(renameat2),
        SCMP_SYS(unlinkat), SCMP_SYS(fsync) };
    lockdown::apply(keep);
}

std::string readKey(int descriptor, const std::string& file)
{
    struct stat is { };
    if (::fstat(descriptor, &is) != 0) {
        refuse(file, strerror(errno));
    }
    if (!S_ISREG(is.st_mode)) {
        refuse(file, "is not a regular file");
    }
    if (is.st_uid != ::geteuid()) {
        refuse(file, "belongs to uid " + std::to_string(is.st_uid));
    }
    if ((is.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        char mode[8];
        snprintf(mode, sizeof mode, "%04o", is.st_mode & 07777u);
        refuse(file, std::string("others may use it: mode is ") + mode + ", must be 0600");
    }
    std::string text(MostKey + 1, '\0');
    size_t size = 0;
    ssize_t n = 1;
    while (size < text.size() && n > 0) {
        n = ::read(descriptor, text.data() + size, text.size() - size);
        if (n < 0) {
            refuse(file, strerror(errno));
        }
        size += static_cast<size_t>(n);
    }
    if (size > MostKey) {
        refuse(file, "is larger than " + std::to_string(MostKey) + " bytes");
    }
    text.resize(size);
    return text;
}

void writeKey(int folder, const std::string& file, const std::string& text)
{
    const std::string aside = file + ".new";
    ::unlinkat(folder, aside.c_str(), 0);
    const fd::Fd out(::openat(
        folder, aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    const ssize_t n = out ? ::write(out.get(), text.data(), text.size()) : -1;
    if (n != static_cast<ssize_t>(text.size()) || ::fsync(out.get()) != 0
        || ::renameat(folder, aside.c_str(), folder, file.c_str()) != 0 || ::fsync(folder) != 0) {
        const std::string why
            = n >= 0 && n != static_cast<ssize_t>(text.size()) ? "no space" : strerror(errno);
        ::unlinkat(folder, aside.c_str(), 0);
        refuse(file, "cannot be written: " + why);
    }
}

} // namespace

std::string hostKey(int folder, const std::string& file)
{
    if (file.empty() || file.front() == '.' || file.find('/') != file.npos) {
        refuse(file, "is no file name");
    }
    const fd::Fd in(::openat(folder, file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (in) {
        return readKey(in.get(), file);
    }
    if (errno == ELOOP) {
        refuse(file, "is a symbolic link");
    }
    if (errno != ENOENT) {
        refuse(file, strerror(errno));
    }
    std::string text = generateHostKey(file);
    writeKey(folder, file, text);
    return text;
}

void keepKeys(const Config& config, fd::Fd socket)
{
    const fd::Fd folder(::open(config.keyDirectory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::string missing = folder ? "" : config.keyDirectory + ": " + strerror(errno);
    lockDown(config);
    frame::Channel channel(std::move(socket), MostKey * 4);
    loop::Loop loop;
    loop.watch(channel.fd(), EPOLLIN, [&](uint32_t) {
        while (const auto message = channel.receive()) {
            std::vector<std::string> answer { message->at(0), message->at(1), "", "" };
            try { // boundary: one request
                if (!folder) {
                    throw std::runtime_error(missing);
                }
                answer[2] = hostKey(folder.get(), message->at(0));
            } catch (const std::exception& e) {
                answer[3] = e.what();
            }
            channel.send({ static_cast<uint16_t>(GateMessage::KeyIs), std::move(answer), {} });
        }
        if (channel.ended()) {
            loop.stop();
        }
        loop.change(channel.fd(), channel.pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
        channel.flush();
    });
    loop.run();
}

} // namespace agent::gate
