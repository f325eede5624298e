#include "agent/prober/sock_diag.h"
#include "common/fd.h"

#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr uint32_t Listening = 10; // TCP_LISTEN of include/net/tcp_states.h
constexpr size_t MaxAnswers = 1'000'000;

/// Sends one request for a dump and calls `each` for every message of the answer. False if the
/// kernel has no such family or ends with an error.
template <typename Request, typename Each> bool dump(const Request& request, Each each)
{
    const fd::Fd netlink(
        ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
    struct {
        nlmsghdr header;
        Request body;
    } message {};
    message.header.nlmsg_len = sizeof message;
    message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message.body = request;
    if (!netlink || ::send(netlink.get(), &message, sizeof message, 0) < 0) {
        return false;
    }
    alignas(nlmsghdr) char block[32768];
    for (size_t answers = 0; answers < MaxAnswers;) {
        // The kernel answers a dump within recv: there is nothing to wait for.
        const ssize_t n = ::recv(netlink.get(), block, sizeof block, 0);
        if (n <= 0) {
            if (n < 0 && errno == EINTR) {
                continue;
            }
            return false;
        }
        size_t left = static_cast<size_t>(n);
        const char* at = block;
        while (left >= sizeof(nlmsghdr)) {
            nlmsghdr header;
            std::memcpy(&header, at, sizeof header);
            if (header.nlmsg_len < sizeof header || header.nlmsg_len > left) {
                return false;
            }
            if (header.nlmsg_type == NLMSG_DONE) {
                return true;
            }
            if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) {
                return false; // NLMSG_ERROR
            }
            each(at + sizeof header, header.nlmsg_len - sizeof header);
            ++answers;
            const size_t step = std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
            at += step;
            left -= step;
        }
    }
    return false;
}

std::optional<bool> ipv6OnlyOf(const char* at, size_t left)
{
    while (left >= sizeof(rtattr)) {
        rtattr attribute;
        std::memcpy(&attribute, at, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > left) {
            break;
        }
        if (attribute.rta_type == INET_DIAG_SKV6ONLY && attribute.rta_len > sizeof attribute) {
            return at[sizeof attribute] != 0;
        }
        const size_t step = std::min<size_t>(RTA_ALIGN(attribute.rta_len), left);
        at += step;
        left -= step;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::map<uint64_t, SocketDetail>> socketDetails(int family, int protocol)
{
    inet_diag_req_v2 request {};
    request.sdiag_family = static_cast<uint8_t>(family);
    request.sdiag_protocol = static_cast<uint8_t>(protocol);
    request.idiag_states = protocol == IPPROTO_TCP ? 1u << Listening : ~0u;
    std::map<uint64_t, SocketDetail> details;
    const bool answered = dump(request, [&](const char* body, size_t size) {
        inet_diag_msg message;
        if (size < sizeof message) {
            return;
        }
        std::memcpy(&message, body, sizeof message);
        SocketDetail detail;
        detail.interface = message.id.idiag_if;
        if (message.idiag_family == AF_INET6) {
            detail.ipv6Only = ipv6OnlyOf(body + sizeof message, size - sizeof message);
        }
        details.emplace(message.idiag_inode, detail);
    });
    return answered ? std::optional(std::move(details)) : std::nullopt;
}

std::vector<VsockListener> vsockListeners()
{
    vsock_diag_req request {};
    request.sdiag_family = AF_VSOCK;
    request.vdiag_states = ~0u;
    std::vector<VsockListener> listeners;
    dump(request, [&](const char* body, size_t size) {
        vsock_diag_msg message;
        if (size < sizeof message) {
            return;
        }
        std::memcpy(&message, body, sizeof message);
        const bool stream = message.vdiag_type != SOCK_DGRAM;
        if (!stream || message.vdiag_state == Listening) {
            listeners.push_back(
                { message.vdiag_src_cid, message.vdiag_src_port, stream, message.vdiag_ino });
        }
    });
    return listeners;
}

} // namespace agent
