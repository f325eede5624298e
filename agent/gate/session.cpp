#include "agent/gate/session.h"
#include "agent/gate/gate_messages.h"
#include "agent/gate/relay.h"
#include "agent/gate/ssh_server.h"
#include "agent/gate/time_limits.h"
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

constexpr size_t MostControl = 65536;
constexpr size_t Block = 65536;
constexpr time_t MostCpu = 5; // seconds of one round; more is a loop that a peer keeps alive

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
        if (!limit_.empty()) {
            channel_.send({ static_cast<uint16_t>(GateMessage::Reached), { limit_ }, {} });
        }
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
        end(e.what(), e.limit);
    }

    void end(const std::string& reason, const std::string& limit = "")
    {
        if (over_) {
            return;
        }
        over_ = true;
        reason_ = reason;
        limit_ = limit;
    }

    void fromListener()
    {
        while (auto message = channel_.receive()) {
            switch (static_cast<GateMessage>(message->type)) {
            case GateMessage::Serve:
                serve(*message);
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

    void serve(frame::Message& message)
    {
        const auto idle = text::number<uint16_t>(message.at(2));
        fd::Fd connection = std::move(message.attached);
        peer_ = message.at(0);
        if (message.at(1) == named(Transport::Tls)) {
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
                time_->heard();
            }
            transport_->process();
        });
        time_.emplace(limits_, std::chrono::seconds(idle.value_or(0)), *transport_);
        transport_->process();
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
                time_->lastBytes();
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
        time_->lastBytes();
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
            time_->read();
            relay_.fromPeer(bytes);
            writeServer();
        }
        if (server_ && transport_->finished() && relay_.toServer.empty() && !halfClosed_) {
            halfClosed_ = true; // its last requests are still answered
            ::shutdown(server_.get(), SHUT_WR);
            time_->lastBytes();
        }
    }

    void writePeer()
    {
        if (!relay_.toPeer.empty()) {
            const size_t n = transport_->write(relay_.toPeer.front());
            relay_.toPeer.taken(n);
            if (n > 0) {
                time_->written();
                time_->lastBytes();
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
        }
        writeServer();
        readPeer();
        writePeer();
        part();
        if (transport_->ended()) {
            end(transport_->failure(), transport_->limit());
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
            time_->parting();
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

    void clock()
    {
        const bool sending = !relay_.toPeer.empty() || transport_->pending();
        if (const auto over = time_->over({ asked_, relay_.greeted(),
                relay_.receiving() && wanted(), sending, leaving_ || halfClosed_, parting_ })) {
            return end(over->why, over->limit);
        }
        if (time_->next() != loop::Moment::max() && (timer_ == 0 || time_->next() < armed_)) {
            loop_.cancel(timer_);
            armed_ = time_->next();
            timer_ = loop_.at(armed_, [this] { timer_ = 0; });
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
    std::string limit_; // that ends it
    bool over_ = false;
    bool asked_ = false; // to be admitted
    bool leaving_ = false;
    bool parting_ = false;
    bool halfClosed_ = false;
    std::optional<TimeLimits> time_; // of transport_
    loop::Moment armed_ {};
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
