// Bytes of an SSH session that is open.
#include "collector/worker/ssh_hidden.h"

#include <algorithm>
#include <libssh/server.h> // ssh_send_keepalive

namespace collector {

bool SshClient::Hidden::transfer()
{
    write();
    const uint64_t before = counter.in_bytes;
    const int rc = ssh_channel_poll(channel, 0); // one read of the socket, and its packets
    if (!in.empty()) {
        const std::string bytes = std::exchange(in, {});
        events.received(bytes);
    }
    if (phase != Phase::Open) {
        return false;
    }
    if (erred) {
        end("the node wrote to the error stream");
    } else if (rc == SSH_EOF || ofChannel) {
        end("the node closed the session");
    } else if (rc == SSH_ERROR || !ssh_is_connected(session.get())) {
        end("connection lost: " + error());
    }
    return phase == Phase::Open && !paused && counter.in_bytes != before;
}

void SshClient::Hidden::write()
{
    while (!out.empty()) {
        const auto size = static_cast<uint32_t>(std::min<size_t>(out.size(), 1u << 20));
        const int taken = ssh_channel_write(channel, out.data(), size);
        if (taken == SSH_ERROR) {
            end("connection lost: " + error());
            return;
        }
        if (taken <= 0) {
            return; // its window is full, or keys are exchanged anew
        }
        out.erase(0, static_cast<size_t>(taken));
    }
}

/// Bytes of any kind show that the node is there: it must answer the request, if only by refusing.
void SshClient::Hidden::alive()
{
    keepalive = loop.after(limits.keepalive, [this] { alive(); });
    if (paused) {
        return;
    }
    unanswered = counter.in_bytes != seen ? 0 : unanswered + 1;
    seen = counter.in_bytes;
    if (unanswered > limits.unanswered) {
        end("the node does not answer");
        return;
    }
    if (unanswered > 0) {
        ssh_send_keepalive(session.get());
        pump();
    }
}

} // namespace collector
