#include "collector/worker/ssh_client.h"
#include "collector/worker/ssh_session.h"
#include "collector/worker/tcp.h"
#include "common/text.h"

#include <cerrno>
#include <cstring>
#include <libssh/server.h> // ssh_send_keepalive
#include <sys/epoll.h>

namespace collector {

namespace {

using std::chrono::milliseconds;

/// Reads of one wake-up (libssh reads 4 KiB at a time), so that one node cannot keep the loop.
constexpr int MostRounds = 64;

enum class Phase { Connect, KeyExchange, HostKey, Authentication, Channel, Subsystem, Open, Ended };

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

struct SshClient::Hidden {
    loop::Loop& loop;
    const ClientKey& key;
    fd::Fd socket;
    Events events;
    SshLimits limits;
    std::string hostKeyTypes;
    std::string peer;

    Phase phase = Phase::Connect;
    Session session;
    ssh_channel channel = nullptr; // the session's
    ssh_channel_callbacks_struct callbacks {};
    ssh_counter_struct counter {};
    std::string in; // what the channel brought in this round
    std::string out; // not yet taken by libssh
    bool erred = false; // the node wrote to stderr
    bool ofChannel = false; // the node closed the channel
    bool paused = false;
    bool pumping = false; // pump() is on the stack
    uint64_t seen = 0; // bytes that had come at the last keepalive
    unsigned unanswered = 0;
    loop::Loop::TimerId deadline = 0;
    loop::Loop::TimerId keepalive = 0;
    loop::Loop::TimerId ending = 0;

    Hidden(loop::Loop& theLoop, const ClientKey& theKey, fd::Fd theSocket, Events theEvents,
        SshLimits theLimits, std::string types)
        : loop(theLoop)
        , key(theKey)
        , socket(std::move(theSocket))
        , events(std::move(theEvents))
        , limits(theLimits)
        , hostKeyTypes(std::move(types))
        , peer(peerName(socket.get()))
    {
        enter(Phase::Connect, limits.connect);
        loop.watch(socket.get(), EPOLLOUT, [this](uint32_t ready) { woken(ready); });
    }
    ~Hidden()
    {
        drop();
        loop.cancel(ending);
    }

    void enter(Phase next, milliseconds most);
    void drop();
    void end(const std::string& reason, bool refused = false);
    std::string error() const { return text::quoted(ssh_get_error(session.get())); }

    void woken(uint32_t ready);
    void pump();
    bool step();
    bool connected();
    bool exchanged();
    bool authenticated();
    bool opened();
    bool subsystem();
    bool transfer();
    void write();
    void rearm();
    void alive();

    static int data(ssh_session, ssh_channel, void* bytes, uint32_t size, int isError, void* self)
    {
        auto& hidden = *static_cast<Hidden*>(self);
        if (isError != 0) {
            hidden.erred = true;
        } else {
            hidden.in.append(static_cast<const char*>(bytes), size);
        }
        return static_cast<int>(size);
    }
    static void closed(ssh_session, ssh_channel, void* self)
    {
        static_cast<Hidden*>(self)->ofChannel = true;
    }
};

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

bool SshClient::Hidden::step()
{
    switch (phase) {
    case Phase::Connect:
        return connected();
    case Phase::KeyExchange:
        return exchanged();
    case Phase::Authentication:
        return authenticated();
    case Phase::Channel:
        return opened();
    case Phase::Subsystem:
        return subsystem();
    case Phase::Open:
        return transfer();
    case Phase::HostKey:
    case Phase::Ended:
        return false;
    }
    return false;
}

bool SshClient::Hidden::connected()
{
    if (const int error = connectError(socket.get())) {
        end(strerror(error));
        return false;
    }
    peer = peerName(socket.get());
    if (peer.empty()) {
        return false; // not yet
    }
    session = newSession(socket.get(), hostKeyTypes);
    ssh_set_counters(session.get(), &counter, nullptr);
    enter(Phase::KeyExchange, limits.keyExchange);
    return true;
}

bool SshClient::Hidden::exchanged()
{
    const int rc = ssh_connect(session.get());
    fd::setNonBlocking(socket.get()); // libssh 0.10 makes it blocking when it finds it connected
    if (rc == SSH_AGAIN) {
        return false;
    }
    if (rc != SSH_OK) {
        end("key exchange: " + error());
        return false;
    }
    ssh_key hostKey = nullptr;
    if (ssh_get_server_publickey(session.get(), &hostKey) != SSH_OK) {
        end("key exchange: " + error());
        return false;
    }
    const std::unique_ptr<ssh_key_struct, void (*)(ssh_key)> guard(hostKey, &ssh_key_free);
    phase = Phase::HostKey; // under the same deadline
    const auto told = events.hostKey; // it may put other events in its place
    told(fingerprintOf(hostKey), ssh_key_type_to_char(ssh_key_type(hostKey)));
    return phase != Phase::HostKey && phase != Phase::Ended;
}

bool SshClient::Hidden::authenticated()
{
    switch (ssh_userauth_publickey(session.get(), nullptr, key.raw())) {
    case SSH_AUTH_AGAIN:
        return false;
    case SSH_AUTH_SUCCESS:
        break;
    case SSH_AUTH_DENIED:
    case SSH_AUTH_PARTIAL:
        end("the node does not accept our key " + key.fingerprint(), true);
        return false;
    default:
        end("authentication: " + error());
        return false;
    }
    channel = ssh_channel_new(session.get());
    if (!channel) {
        end("channel: " + error());
        return false;
    }
    callbacks.size = sizeof callbacks;
    callbacks.userdata = this;
    callbacks.channel_data_function = &Hidden::data;
    callbacks.channel_close_function = &Hidden::closed;
    callbacks.channel_eof_function = &Hidden::closed;
    ssh_set_channel_callbacks(channel, &callbacks);
    enter(Phase::Channel, limits.channel);
    return true;
}

bool SshClient::Hidden::opened()
{
    const int rc = ssh_channel_open_session(channel);
    if (rc == SSH_AGAIN) {
        return false;
    }
    if (rc != SSH_OK) {
        end("channel: " + error());
        return false;
    }
    enter(Phase::Subsystem, limits.channel);
    return true;
}

bool SshClient::Hidden::subsystem()
{
    const int rc = ssh_channel_request_subsystem(channel, "netconf");
    if (rc == SSH_AGAIN) {
        return false;
    }
    if (rc != SSH_OK) {
        end("subsystem netconf: " + error());
        return false;
    }
    enter(Phase::Open, milliseconds(0));
    if (limits.keepalive.count() != 0) {
        keepalive = loop.after(limits.keepalive, [this] { alive(); });
    }
    events.opened();
    return phase == Phase::Open;
}

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
