#include "agent/prober/activity_counters.h"
#include "agent/prober/network_namespaces.h"
#include "common/fd.h"
#include "common/text.h"

#include <array>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace agent {

namespace {

/// A short file of /proc; empty if it cannot be read.
std::string text(int file)
{
    std::array<char, 1024> block;
    const ssize_t n = ::pread(file, block.data(), block.size(), 0);
    return n > 0 ? std::string(block.data(), static_cast<size_t>(n)) : "";
}

fd::Fd open(const std::string& path)
{
    return fd::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string socketCounters6()
{
    static const fd::Fd file = open("/proc/net/sockstat6"); // none without IPv6
    return socketsInUse(text(file.get()));
}

/// "net:[4026531840]", which stays what it is.
const std::string& ownNamespace()
{
    static const std::string own = [] {
        std::array<char, 64> name;
        const ssize_t n = ::readlink("/proc/self/ns/net", name.data(), name.size());
        return n > 0 ? std::string(name.data(), static_cast<size_t>(n)) : "";
    }();
    return own;
}

} // namespace

std::string processCounters()
{
    static const fd::Fd file = open("/proc/loadavg"); // each pread makes its text anew
    const std::string all = text(file.get());
    const size_t slash = all.find('/'); // "0.00 0.01 0.05 1/120 26402"
    return slash == all.npos ? "" : all.substr(slash);
}

bool mountsMoved()
{
    static const fd::Fd file = open("/proc/self/mountinfo");
    pollfd one { file.get(), POLLPRI, 0 };
    return ::poll(&one, 1, 0) != 0 || !file;
}

std::string socketsInUse(std::string_view sockstat)
{
    std::string out;
    for (const std::string_view line : text::lines(sockstat)) {
        const auto words = text::words(line);
        if (words.size() >= 3 && !words[0].starts_with("FRAG")) {
            out += std::string(words[0]) + std::string(words[2]) + ' ';
        }
    }
    return out;
}

std::string socketCounters()
{
    static const fd::Fd file = open("/proc/net/sockstat");
    return socketsInUse(text(file.get()));
}

std::string socketCounters(const std::map<std::string, std::string>& namespaces)
{
    constexpr std::string_view OfProcess = "/ns/net";
    std::string out;
    for (const auto& [name, entry] : namespaces) {
        if (name == ownNamespace()) {
            out += name + ' ' + socketCounters() + socketCounters6();
            continue;
        }
        std::string folder = "/proc/net";
        std::optional<InNamespace> inside;
        if (entry.ends_with(OfProcess)) {
            folder = entry.substr(0, entry.size() - OfProcess.size()) + "/net";
        } else {
            try {
                inside.emplace(entry);
            } catch (const std::system_error&) {
                continue; // a mount that is gone
            }
        }
        out += name + ' ' + socketsInUse(text(open(folder + "/sockstat").get()))
            + socketsInUse(text(open(folder + "/sockstat6").get()));
    }
    return out;
}

} // namespace agent
