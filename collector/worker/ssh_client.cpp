#include "collector/worker/ssh_hidden.h"

#include <sys/epoll.h>

namespace collector {

namespace {

using std::chrono::milliseconds;

/// Reads of one wake-up (libssh reads 4 KiB at a time), so that one node cannot keep the loop.
constexpr int MostRounds = 64;

const char* name(Phase phase)
{
    switch (phase) {
    case Phase::Connect:
        return "connection";
    case Phase::KeyExchange:
    case Phase::HostKey:
        return "key exchange";
    case Phase::Authentication:
        return "authentication";
    case Phase::Channel:
        return "channel";
    default:
        return "subsystem netconf";
    }
}

} // namespace

void SshClient::Hidden::begin()
{
    enter(Phase::Connect, limits.connect);
    loop.watch(socket.get(), EPOLLOUT, [this](uint32_t ready) { woken(ready); });
}

void SshClient::Hidden::enter(Phase next, milliseconds most)
{
    phase = next;
    loop.cancel(deadline);
    deadline = most.count() == 0 ? 0 : loop.after(most, [this, most] {
        deadline = 0;
        end(std::string(name(phase)) + ": nothing came of it within "
            + std::to_string(most.count() / 1000) + " s");
    });
}

void SshClient::Hidden::drop()
{
    loop.cancel(deadline);
    loop.cancel(keepalive);
    deadline = keepalive = 0;
    if (socket) {
        loop.forget(socket.get());
    }
    channel = nullptr;
    session.reset();
    socket.close();
    in.clear();
    out.clear();
}

void SshClient::Hidden::end(const std::string& reason, bool refused)
{
    if (phase == Phase::Ended) {
        return;
    }
    phase = Phase::Ended;
    drop();
    ending = loop.after(milliseconds(0), [this, reason, refused] {
        ending = 0;
        const auto last = std::move(events.ended); // it may destroy this
        last({ reason, refused });
    });
}

void SshClient::Hidden::woken(uint32_t ready)
{
    // Told whether asked for or not, again and again; where nothing is read it would not be seen.
    if ((ready & (EPOLLHUP | EPOLLERR)) && (phase == Phase::HostKey || paused)) {
        end("connection lost");
        return;
    }
    pump();
}

void SshClient::Hidden::pump()
{
    pumping = true;
    try { // boundary: a session
        for (int i = 0; i < MostRounds && step(); ++i) { }
        rearm();
    } catch (const std::exception& e) {
        end(e.what());
    }
    pumping = false;
}

void SshClient::Hidden::rearm()
{
    if (phase == Phase::Ended || phase == Phase::Connect) {
        return;
    }
    uint32_t wanted = 0;
    if (phase != Phase::HostKey && !paused) {
        wanted = EPOLLIN;
        if (ssh_get_poll_flags(session.get()) & SSH_WRITE_PENDING) {
            wanted |= EPOLLOUT;
        }
    }
    loop.change(socket.get(), wanted);
}

SshClient::SshClient(loop::Loop& loop, const ClientKey& key, fd::Fd socket, Events events,
    SshLimits limits, const std::string& hostKeyTypes)
    : hidden_(std::make_unique<Hidden>(
        loop, key, std::move(socket), std::move(events), limits, hostKeyTypes))
{
}

SshClient::~SshClient() = default;

void SshClient::use(Events events)
{
    hidden_->events = std::move(events);
}

void SshClient::authenticate(const std::string& user)
{
    Hidden& hidden = *hidden_;
    if (hidden.phase != Phase::HostKey) {
        return;
    }
    if (ssh_options_set(hidden.session.get(), SSH_OPTIONS_USER, user.c_str()) != SSH_OK) {
        hidden.end("user " + text::quoted(user) + ": " + hidden.error());
        return;
    }
    hidden.enter(Phase::Authentication, hidden.limits.authentication);
    if (!hidden.pumping) { // not from within hostKey
        hidden.pump();
    }
}

void SshClient::send(std::string_view bytes)
{
    Hidden& hidden = *hidden_;
    if (hidden.phase != Phase::Open) {
        return;
    }
    if (hidden.out.size() + bytes.size() > hidden.limits.queuedOutput) {
        hidden.end("the node does not read what it is sent");
        return;
    }
    hidden.out += bytes;
    if (!hidden.pumping && !hidden.paused) { // not from within received
        hidden.pump();
    }
}

void SshClient::pause(bool pausing)
{
    Hidden& hidden = *hidden_;
    if (hidden.phase != Phase::Open || hidden.paused == pausing) {
        return;
    }
    hidden.paused = pausing;
    if (hidden.pumping) {
        return;
    }
    if (pausing) {
        hidden.rearm();
    } else {
        hidden.pump();
    }
}

void SshClient::close(const std::string& reason, bool refused)
{
    hidden_->end(reason, refused);
}

bool SshClient::open() const
{
    return hidden_->phase == Phase::Open;
}

const std::string& SshClient::peer() const
{
    return hidden_->peer;
}

} // namespace collector
