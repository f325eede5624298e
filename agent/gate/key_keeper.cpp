#include "agent/gate/key_keeper.h"
#include "agent/gate/gate_messages.h"
#include "agent/gate/ssh_keys.h"
#include "common/frame.h"
#include "common/lockdown.h"
#include "common/loop.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <seccomp.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace agent::gate {

namespace {

constexpr size_t MostKey = 65536;
constexpr uint64_t MostMemory = 512u << 20;

/// What is asked of a file: its name in messages, and what others may not.
struct Kind {
    std::string_view name;
    mode_t forbidden;
};
constexpr Kind HostKey { "host key", S_IRWXG | S_IRWXO };
constexpr Kind TlsKey { "TLS private key", S_IRWXG | S_IRWXO };
constexpr Kind TlsCertificate { "TLS certificate", S_IWGRP | S_IWOTH };

struct File {
    const Kind& kind;
    const std::string& name;

    [[noreturn]] void refuse(const std::string& why) const
    {
        throw std::runtime_error(std::string(kind.name) + " " + name + ": " + why);
    }
};

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

std::string readKey(int descriptor, const File& file)
{
    struct stat is { };
    if (::fstat(descriptor, &is) != 0) {
        file.refuse(strerror(errno));
    }
    if (!S_ISREG(is.st_mode)) {
        file.refuse("is not a regular file");
    }
    if (is.st_uid != ::geteuid()) {
        file.refuse("belongs to uid " + std::to_string(is.st_uid));
    }
    if ((is.st_mode & file.kind.forbidden) != 0) {
        char mode[8];
        snprintf(mode, sizeof mode, "%04o", is.st_mode & 07777u);
        const bool secret = (file.kind.forbidden & S_IROTH) != 0;
        file.refuse(
            std::string(secret ? "others may use it: mode is " : "others may change it: mode is ")
            + mode + (secret ? ", must be 0600" : ", must be 0644 or less"));
    }
    std::string text(MostKey + 1, '\0');
    size_t size = 0;
    ssize_t n = 1;
    while (size < text.size() && n > 0) {
        n = ::read(descriptor, text.data() + size, text.size() - size);
        if (n < 0) {
            file.refuse(strerror(errno));
        }
        size += static_cast<size_t>(n);
    }
    if (size > MostKey) {
        file.refuse("is larger than " + std::to_string(MostKey) + " bytes");
    }
    text.resize(size);
    return text;
}

void writeKey(int folder, const File& file, const std::string& text)
{
    const std::string aside = file.name + ".new";
    ::unlinkat(folder, aside.c_str(), 0);
    const fd::Fd out(::openat(
        folder, aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    const ssize_t n = out ? ::write(out.get(), text.data(), text.size()) : -1;
    if (n != static_cast<ssize_t>(text.size()) || ::fsync(out.get()) != 0
        || ::renameat(folder, aside.c_str(), folder, file.name.c_str()) != 0
        || ::fsync(folder) != 0) {
        const std::string why
            = n >= 0 && n != static_cast<ssize_t>(text.size()) ? "no space" : strerror(errno);
        ::unlinkat(folder, aside.c_str(), 0);
        file.refuse("cannot be written: " + why);
    }
}

/// Content of the file; nothing if there is none.
std::optional<std::string> contentOf(int folder, const File& file)
{
    const std::string& name = file.name;
    if (name.empty() || name.front() == '.' || name.find('/') != name.npos) {
        file.refuse("is no file name");
    }
    const fd::Fd in(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (in) {
        return readKey(in.get(), file);
    }
    if (errno == ELOOP) {
        file.refuse("is a symbolic link");
    }
    if (errno != ENOENT) {
        file.refuse(strerror(errno));
    }
    return std::nullopt;
}

} // namespace

std::string hostKey(int folder, const std::string& file)
{
    const File key { HostKey, file };
    if (auto text = contentOf(folder, key)) {
        return std::move(*text);
    }
    std::string text = generateHostKey(file);
    writeKey(folder, key, text);
    return text;
}

TlsFiles tlsFiles(int folder, const std::string& key, const std::string& certificate)
{
    const File keyFile { TlsKey, key };
    const File certificateFile { TlsCertificate, certificate };
    auto secret = contentOf(folder, keyFile);
    auto open = contentOf(folder, certificateFile);
    if (!secret && open) {
        keyFile.refuse("is not there, but the certificate " + certificate + " is");
    }
    // The key first: if there is no more time, the next start finds it and makes the certificate.
    if (!secret) {
        secret = generateTlsKey();
        writeKey(folder, keyFile, *secret);
    }
    if (!open) {
        open = selfSigned(*secret);
        writeKey(folder, certificateFile, *open);
    }
    return { std::move(*secret), std::move(*open) };
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
            const bool tls = message->type == static_cast<uint16_t>(GateMessage::Files);
            std::vector<std::string> answer(4);
            try { // boundary: one request
                if (!folder) {
                    throw std::runtime_error(missing);
                }
                if (tls) {
                    TlsFiles files = tlsFiles(folder.get(), message->at(0), message->at(1));
                    answer = { "", std::move(files.privateKey), std::move(files.certificates), "" };
                } else {
                    answer[2] = hostKey(folder.get(), message->at(0));
                }
            } catch (const std::exception& e) {
                answer[3] = e.what();
            }
            answer[0] = message->at(tls ? 2 : 0);
            if (!tls) {
                answer[1] = message->at(1);
            }
            const auto type = tls ? GateMessage::FilesAre : GateMessage::KeyIs;
            channel.send({ static_cast<uint16_t>(type), std::move(answer), {} });
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
