// The listener: the parent of the gates. It holds the listening sockets, the calls home and the
// host keys, and sees no byte of a peer.
//
// What it keeps: CAP_NET_BIND_SERVICE, sockets, fork. A gate keeps none of these. The host keys and
// the key of the TLS certificate come from the keeper (key_keeper.h). A gate that is taken over
// before login holds them, since libssh and OpenSSL need them for the key exchange, and could claim
// any user: that is why it can open one session only, sees no other process, and the server is told
// the address from here.
#include "agent/config.h"
#include "agent/gate/call_home.h"
#include "agent/gate/gate_messages.h"
#include "agent/gate/gates.h"
#include "agent/gate/key_keeper.h"
#include "agent/gate/listener.h"
#include "agent/messages.h"
#include "common/lockdown.h"
#include "common/log.h"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <linux/capability.h>
#include <map>
#include <seccomp.h>
#include <sys/epoll.h>

namespace agent::gate {

namespace {

constexpr size_t MostControl = 16u << 20;
constexpr size_t MostFromKeeper = 1u << 20;
constexpr std::chrono::milliseconds StateAfter { 200 };
constexpr uint64_t MostDescriptors = 8192; // four a connection, at most 2000 connections

void lockDown(const Config& config)
{
    lockdown::Privileges keep;
    keep.uid = config.uid;
    keep.gid = config.gid;
    keep.changeIdentity = config.mayDrop;
    keep.capabilities = { CAP_NET_BIND_SERVICE }; // port 830
    keep.descriptors = MostDescriptors;
    keep.mayFork = true;
    keep.systemCalls = { // listening and calling
        SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept4), SCMP_SYS(connect),
        // what getaddrinfo reads, in a child
        SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(readlink),
        SCMP_SYS(sendmmsg), SCMP_SYS(getdents64),
        // what a gate needs to lock itself down
        SCMP_SYS(prctl), SCMP_SYS(seccomp), SCMP_SYS(capget), SCMP_SYS(capset), SCMP_SYS(setrlimit),
        SCMP_SYS(close_range), SCMP_SYS(setitimer)
    };
    lockdown::apply(keep);
}

class Agent {
public:
    explicit Agent(const Config& config)
        : control_(fd::Fd(config.control), MostControl)
        , keeper_(
              "femto-keys", [&](fd::Fd channel) { keepKeys(config, std::move(channel)); },
              MostFromKeeper)
        , gates_(
              loop_,
              [this](const Origin& origin, fd::Fd socket) {
                  return toServer(origin, std::move(socket));
              },
              [this] { stateSoon(); })
        , listener_(loop_,
              [this](fd::Fd connection, const Remote& remote, Transport transport) {
                  gates_.serve(std::move(connection), { remote.address, remote.port, transport });
              })
        , callHome_(
              loop_,
              [this](fd::Fd connection, Origin origin) {
                  gates_.serve(std::move(connection), std::move(origin));
              },
              [this] { stateSoon(); })
    {
        loop_.signals({ SIGTERM, SIGINT }, [this](int) { loop_.stop(); });
        loop_.watch(control_.fd(), EPOLLIN, [this](uint32_t) { fromSupervisor(); });
        loop_.watch(keeper_.channel().fd(), EPOLLIN, [this](uint32_t) { fromKeeper(); });
        lockDown(config);
    }

    void run()
    {
        loop_.run();
        callHome_.use({});
        listener_.use({});
        gates_.endAll();
    }

private:
    void fromSupervisor()
    {
        while (auto message = control_.receive()) {
            const auto type = static_cast<Message>(message->type);
            if (type == Message::Peer && message->at(0) == "server" && message->attached) {
                connect(std::move(message->attached));
            } else if (type == Message::Access) {
                learn(message->fields);
            }
        }
        if (control_.ended()) {
            loop_.stop();
        }
    }

    void connect(fd::Fd socket)
    {
        disconnect();
        server_ = std::make_unique<frame::Channel>(std::move(socket));
        loop_.watch(server_->fd(), EPOLLIN, [this](uint32_t) { fromServer(); });
        tellState();
    }

    /// Peers that come and go quickly make no work of it for the server.
    void stateSoon()
    {
        if (server_ && stateTimer_ == 0) {
            stateTimer_ = loop_.after(StateAfter, [this] { tellState(); });
        }
    }

    void tellState()
    try { // boundary: the server may just have ended
        stateTimer_ = 0;
        if (!server_) {
            return;
        }
        if (server_->pending()) {
            return stateSoon();
        }
        std::vector<std::string> facts = gates_.facts();
        std::ranges::copy(callHome_.facts(), std::back_inserter(facts));
        server_->send({ static_cast<uint16_t>(Message::AccessState), std::move(facts), {} });
        loop_.change(server_->fd(), server_->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
    } catch (const std::exception& e) {
        logging::error(std::string("the server is cut off: ") + e.what());
        disconnect();
    }

    void disconnect()
    {
        if (server_) {
            loop_.forget(server_->fd());
            server_.reset();
        }
    }

    void fromServer()
    try { // boundary: the server may just have ended
        server_->flush();
        while (const auto message = server_->receive()) {
            throw frame::Broken("message " + std::to_string(message->type));
        }
        if (server_->ended()) {
            disconnect();
        } else {
            loop_.change(server_->fd(), server_->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
        }
    } catch (const std::exception& e) {
        logging::error(std::string("the server is cut off: ") + e.what());
        disconnect();
    }

    bool toServer(const Origin& origin, fd::Fd socket)
    try { // boundary: the server may just have ended
        if (!server_) {
            return false;
        }
        server_->send({ static_cast<uint16_t>(Message::Session),
            { origin.address, std::to_string(origin.port),
                origin.calledHome ? "call-home" : "listen", named(origin.transport) },
            std::move(socket) });
        loop_.change(server_->fd(), server_->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
        return true;
    } catch (const std::exception& e) {
        logging::error(std::string("the server is cut off: ") + e.what());
        disconnect();
        return false;
    }

    void learn(const std::vector<std::string>& facts)
    try { // boundary: facts; what was known stays if these are no good
        access_ = Access::parse(facts);
        keys_.clear();
        ++question_;
        for (const HostKeyFile& key : access_.hostKeys) {
            if (keys_.try_emplace(key.file).second) {
                keeper_.channel().send({ static_cast<uint16_t>(GateMessage::Key),
                    { key.file, std::to_string(question_) }, {} });
            }
        }
        awaited_ = keys_.size();
        files_ = {};
        if (!access_.tls.keyFile.empty()) {
            keeper_.channel().send({ static_cast<uint16_t>(GateMessage::Files),
                { access_.tls.keyFile, access_.tls.certificateFile, std::to_string(question_) },
                {} });
            ++awaited_;
        }
        gates_.use(access_, identities_); // at once: keys, users and certificates that are gone
        if (awaited_ == 0) {
            offer();
        }
    } catch (const std::exception& e) {
        logging::error(e.what());
    }

    void fromKeeper()
    {
        keeper_.channel().flush();
        while (const auto message = keeper_.channel().receive()) {
            const bool tls = message->type == static_cast<uint16_t>(GateMessage::FilesAre);
            if (message->at(tls ? 0 : 1) != std::to_string(question_)) {
                continue; // of facts that hold no more
            }
            if (!message->at(3).empty()) {
                logging::error(message->at(3));
            }
            if (tls) {
                files_ = { message->at(1), message->at(2) };
            } else {
                keys_.at(message->at(0)) = message->at(2);
            }
            if (--awaited_ == 0) {
                offer();
            }
        }
        if (keeper_.channel().ended()) {
            throw std::runtime_error("the keeper of keys has ended");
        }
    }

    /// All keys were asked for: opens the doors.
    void offer()
    {
        identities_ = { sshIdentity(), tlsIdentity() };
        gates_.use(access_, identities_);
        listener_.use(access_.listen);
        std::vector<Target> targets = access_.callHome;
        std::erase_if(targets, [&](const Target& to) { return !identities_.has(to.transport); });
        callHome_.use(targets);
        control_.send({ static_cast<uint16_t>(Message::Serving), {}, {} });
    }

    std::shared_ptr<const SshIdentity> sshIdentity()
    {
        std::vector<std::string> texts;
        for (const HostKeyFile& key : access_.hostKeys) {
            if (!keys_.at(key.file).empty()) {
                texts.push_back(keys_.at(key.file));
            }
        }
        keys_.clear();
        try { // boundary: keys that libssh does not take
            if (!texts.empty()) {
                auto identity = std::make_shared<const SshIdentity>(texts);
                for (const std::string& key : identity->fingerprints()) {
                    logging::info("host key " + key);
                }
                return identity;
            }
        } catch (const std::exception& e) {
            logging::error(e.what());
        }
        logging::error("no host key can be offered: nobody can connect over SSH");
        return nullptr;
    }

    std::shared_ptr<const TlsIdentity> tlsIdentity()
    {
        const TlsFiles files = std::exchange(files_, {});
        if (access_.tls.keyFile.empty()) {
            return nullptr;
        }
        try { // boundary: files that OpenSSL does not take
            if (!files.privateKey.empty()) {
                auto identity = std::make_shared<const TlsIdentity>(files, access_.tls);
                logging::info("TLS certificate " + identity->fingerprint());
                return identity;
            }
        } catch (const std::exception& e) {
            logging::error(e.what());
        }
        logging::error("no TLS certificate can be offered: nobody can connect over TLS");
        return nullptr;
    }

    loop::Loop loop_;
    frame::Channel control_;
    std::unique_ptr<frame::Channel> server_;
    process::Process keeper_;
    Access access_;
    std::map<std::string, std::string> keys_; // file -> private key, while they are asked for
    uint64_t question_ = 0; // answers to earlier ones do not count
    size_t awaited_ = 0;
    TlsFiles files_; // the same
    Identities identities_;
    loop::Loop::TimerId stateTimer_ = 0;
    Gates gates_;
    Listener listener_;
    CallHome callHome_;
};

} // namespace

} // namespace agent::gate

int agent::runGate(const Config& config)
{
    gate::TlsIdentity::readNoConfiguration();
    gate::Agent(config).run();
    return 0;
}
