#include "agent/gate/session.h"
#include "agent/gate/gate_messages.h"
#include "agent/gate/relay.h"
#include "agent/gate/ssh_server.h"
#include "agent/gate/tls_server.h"
#include "common/frame.h"
#include "common/lockdown.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <seccomp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace agent::gate {

namespace {

using loop::Moment;
using std::chrono::steady_clock;

constexpr size_t MostControl = 65536;
constexpr size_t Block = 65536;
constexpr unsigned Missed = 3; // keepalives without a sign of life that end a session
constexpr time_t MostCpu = 5; // seconds of one round; more is a loop that a peer keeps alive
constexpr std::chrono::seconds Farewell { 5 }; // for the last bytes to a peer that leaves

/// Address space of this process as it is: libraries count too, and differ between systems.
uint64_t addressSpace()
{
    const std::string all = fd::readFile("/proc/self/statm", 4096);
    const auto pages = text::number<uint64_t>(text::words(all).at(0));
    return pages.value_or(0) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

class Session {
public:
    Session(fd::Fd channel, const Identities& identities, const Access& access)
        : identities_(identities)
        , access_(access)
        , limits_(access.limits)
        , channel_(std::move(channel), MostControl)
        , relay_(limits_.maxMessageSize, limits_.maxQueuedOutput)
    {
        loop_.watch(channel_.fd(), EPOLLIN, [this](uint32_t) { fromListener(); });
    }

    void run()
    {
        while (!over_) {
            // Ends this process if one round takes more than that: libssh can be held in a loop,
            // by a channel whose largest packet is 10 bytes for one.
            const itimerval cpu { {}, { MostCpu, 0 } };
            ::setitimer(ITIMER_PROF, &cpu, nullptr);
            round();
        }
        server_.close();
        if (transport_) {
            transport_->close(reason_);
        }
        if (!reason_.empty()) {
            logging::notice(peer_ + ": " + reason_);
        }
    }

private:
    void round()
    try { // boundary: a session
        loop_.once(std::chrono::hours(1));
        turn();
    } catch (const Refused& e) {
        end(e.what());
    }

    void end(const std::string& reason)
    {
        if (!over_) {
            over_ = true;
            reason_ = reason;
        }
    }

    void fromListener()
    {
        while (auto message = channel_.receive()) {
            switch (static_cast<GateMessage>(message->type)) {
            case GateMessage::Serve:
                serve(message->at(0), message->at(1), std::move(message->attached));
                break;
            case GateMessage::Admit:
                admit(std::move(message->attached));
                break;
            case GateMessage::Refuse:
                end(message->at(0));
                break;
            default:
                throw frame::Broken("message " + std::to_string(message->type));
            }
        }
        if (channel_.ended()) {
            over_ = true;
        }
    }

    void serve(const std::string& peer, const std::string& transport, fd::Fd connection)
    {
        peer_ = peer;
        if (transport == named(Transport::Tls)) {
            transport_
                = std::make_unique<TlsServer>(std::move(connection), *identities_.tls, access_);
        } else {
            transport_
                = std::make_unique<SshServer>(std::move(connection), *identities_.ssh, access_);
        }
        if (transport_->ended()) {
            over_ = true; // gone before it began: there is no descriptor any more
            return;
        }
        loop_.watch(transport_->fd(), EPOLLIN, [this](uint32_t events) {
            if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
                heard();
            }
            transport_->process();
        });
        heard();
        loginBy_ = heard_ + limits_.authenticationTimeout;
        transport_->process();
    }

    void heard()
    {
        heard_ = steady_clock::now();
        received_ = transport_->received();
        unanswered_ = 0;
    }

    void admit(fd::Fd server)
    {
        server_ = std::move(server);
        loop_.watch(server_.get(), EPOLLIN, [this](uint32_t) { readServer(); });
    }

    void readServer()
    {
        // As fast as it comes: the server must never wait for a peer.
        for (int i = 0; i < 16; ++i) {
            const ssize_t n = ::recv(server_.get(), block_.get(), Block, MSG_DONTWAIT);
            if (n > 0) {
                relay_.fromServer({ block_.get(), static_cast<size_t>(n) });
                lastBytes();
                continue;
            }
            if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
                leave();
            }
            return;
        }
    }

    /// The server is done with this session: what is queued still goes to the peer.
    void leave()
    {
        loop_.forget(server_.get());
        server_.close();
        leaving_ = true;
        lastBytes();
    }

    /// Each of them gives the next ones time.
    void lastBytes()
    {
        leaveBy_ = steady_clock::now() + std::max(limits_.messageTimeout, Farewell);
    }

    void writeServer()
    {
        while (server_ && !relay_.toServer.empty()) {
            const std::string_view bytes = relay_.toServer.front();
            const ssize_t n
                = ::send(server_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n > 0) {
                relay_.toServer.taken(static_cast<size_t>(n));
                continue;
            }
            if (errno != EAGAIN && errno != EINTR) {
                leave();
            }
            break;
        }
    }

    /// Not more than a message is taken in advance: a peer that sends faster than the server works
    /// finds its window full.
    bool wanted() const
    {
        return transport_->login() && server_ && relay_.toServer.size() < limits_.maxMessageSize;
    }

    void readPeer()
    {
        while (wanted()) {
            const std::string_view bytes = transport_->read();
            if (bytes.empty()) {
                break;
            }
            heard_ = steady_clock::now();
            relay_.fromPeer(bytes);
            writeServer();
        }
        if (server_ && transport_->finished() && relay_.toServer.empty() && !halfClosed_) {
            halfClosed_ = true; // its last requests are still answered
            ::shutdown(server_.get(), SHUT_WR);
            lastBytes();
        }
    }

    void writePeer()
    {
        if (!relay_.toPeer.empty()) {
            const size_t n = transport_->write(relay_.toPeer.front());
            relay_.toPeer.taken(n);
            if (n > 0) {
                moved_ = true;
                lastBytes();
            }
        }
    }

    /// After every event: moves what can be moved, then looks at the clock.
    void turn()
    {
        if (!transport_ || over_) {
            return;
        }
        if (transport_->login() && !asked_) {
            asked_ = true;
            const Login& login = *transport_->login();
            channel_.send({ static_cast<uint16_t>(GateMessage::Open),
                { login.user, named(login.transport), login.proof, login.anchor }, {} });
            helloBy_ = steady_clock::now() + limits_.helloTimeout;
        }
        writeServer();
        readPeer();
        writePeer();
        part();
        if (transport_->ended()) {
            end(transport_->failure());
            return;
        }
        clock();
        watchAgain();
    }

    /// All was said. If this side ended the connection now, ssh(1) would call it a failure.
    void part()
    {
        if (leaving_ && !parting_ && relay_.toPeer.empty() && !transport_->pending()) {
            parting_ = true;
            transport_->part(relay_.closing() || halfClosed_ ? 0 : 1);
            leaveBy_ = steady_clock::now() + Farewell;
        }
    }

    void watchAgain()
    {
        loop_.change(transport_->fd(),
            (transport_->listens(wanted()) ? uint32_t(EPOLLIN) : 0u)
                | (transport_->pending() ? uint32_t(EPOLLOUT) : 0u));
        if (server_) {
            loop_.change(
                server_.get(), EPOLLIN | (relay_.toServer.empty() ? 0u : uint32_t(EPOLLOUT)));
        }
    }

    void due(Moment when, const char* reason)
    {
        if (steady_clock::now() >= when) {
            end(reason);
        } else {
            next_ = std::min(next_, when);
        }
    }

    void clock()
    {
        next_ = Moment::max();
        if (!asked_) {
            due(loginBy_, "no login in time");
        } else if (!relay_.greeted()) {
            due(helloBy_, "no hello in time");
        }
        if (leaving_ || halfClosed_) {
            due(leaveBy_, parting_ ? "" : "last bytes are not taken");
        }
        incoming();
        outgoing();
        keepAlive();
        if (next_ != Moment::max() && (timer_ == 0 || next_ < armed_)) {
            loop_.cancel(timer_);
            armed_ = next_;
            timer_ = loop_.at(next_, [this] { timer_ = 0; });
        }
    }

    /// A message of the peer must be whole in time; while we do not read, it cannot be.
    void incoming()
    {
        if (!relay_.receiving() || !wanted()) {
            receivingSince_.reset();
            return;
        }
        if (!receivingSince_) {
            receivingSince_ = steady_clock::now();
        }
        due(*receivingSince_ + limits_.messageTimeout, "message is not whole in time");
    }

    /// Bytes must be taken: by the peer's TCP, or by its window if that is what is full.
    void outgoing()
    {
        if (relay_.toPeer.empty() && !transport_->pending()) {
            stuckSince_.reset();
            return;
        }
        const uint64_t acknowledged = transport_->pending() ? transport_->acknowledged() : 0;
        if (!stuckSince_ || moved_ || acknowledged > acknowledged_) {
            stuckSince_ = steady_clock::now();
            acknowledged_ = std::max(acknowledged_, acknowledged);
            moved_ = false;
        }
        due(*stuckSince_ + limits_.messageTimeout, "peer does not read");
    }

    void keepAlive()
    {
        const auto interval = limits_.keepaliveInterval;
        if (!asked_ || interval.count() == 0 || kernelKeepsAlive_) {
            return;
        }
        const Moment when = heard_ + interval * (unanswered_ + 1);
        if (steady_clock::now() < when) {
            next_ = std::min(next_, when);
        } else if (transport_->received() > received_) {
            heard(); // its answer was read while the last question was written
            next_ = std::min(next_, heard_ + interval);
        } else if (unanswered_ == Missed) {
            end("peer is silent");
        } else if (!transport_->keepAlive()) {
            kernelKeepsAlive_ = true;
        } else {
            ++unanswered_;
            next_ = std::min(next_, heard_ + interval * (unanswered_ + 1));
        }
    }

    const Identities& identities_;
    const Access& access_;
    Limits limits_;
    loop::Loop loop_;
    frame::Channel channel_;
    Relay relay_;
    std::unique_ptr<SecureTransport> transport_;
    fd::Fd server_;
    std::unique_ptr<char[]> block_ { new char[Block] };
    std::string peer_;
    std::string reason_;
    bool over_ = false;
    bool asked_ = false; // to be admitted
    bool leaving_ = false;
    bool parting_ = false;
    bool halfClosed_ = false;
    bool moved_ = false; // bytes went to the peer since outgoing() looked
    bool kernelKeepsAlive_ = false;
    unsigned unanswered_ = 0;
    uint64_t acknowledged_ = 0;
    uint64_t received_ = 0; // when something was heard
    Moment heard_ {};
    Moment loginBy_ {};
    Moment helloBy_ {};
    Moment leaveBy_ {};
    std::optional<Moment> receivingSince_;
    std::optional<Moment> stuckSince_;
    Moment next_ {};
    Moment armed_ {};
    loop::Loop::TimerId timer_ = 0;
};

void lockDown(const Limits& limits)
{
    lockdown::Privileges keep; // no capability; the identity is the listener's already
    // Own and libssh's or OpenSSL's buffers of both directions, and twice that for strings that
    // grow.
    keep.memory = addressSpace() + (64u << 20) + 4ull * limits.maxMessageSize
        + 3ull * limits.maxQueuedOutput;
    keep.descriptors = 16;
    keep.systemCalls = { SCMP_SYS(setitimer) };
    lockdown::apply(keep);
}

} // namespace

void serveConnection(fd::Fd channel, const Identities& identities, const Access& access)
{
    Session session(std::move(channel), identities, access);
    lockDown(access.limits);
    session.run();
}

} // namespace agent::gate
