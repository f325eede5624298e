#include "agent/gate/gates.h"
#include "agent/gate/gate_messages.h"
#include "agent/gate/hello.h"
#include "agent/gate/session.h"
#include "agent/gate/ssh_warm.h"
#include "agent/gate/tls_warm.h"
#include "agent/messages.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace agent::gate {

namespace {

constexpr size_t MostFromGate = 65536;
// Not at once: the connection that took the spare needs the processor now.
constexpr std::chrono::milliseconds RespawnAfter { 15 };

std::string shown(const Origin& origin)
{
    return origin.address + " port " + std::to_string(origin.port);
}

std::string gone(const Origin& origin)
{
    return origin.transport == Transport::Tls
        ? "the certificate that it rests on, or its way to a name, was removed"
        : "user or key was removed";
}

void warmUp(const Identities& identities)
{
    if (identities.ssh) {
        warmUp(*identities.ssh);
    }
    if (identities.tls) {
        warmUp(*identities.tls);
    }
}

} // namespace

Gates::Gates(loop::Loop& loop, std::function<bool(const Origin&, fd::Fd)> opened,
    std::function<void()> changed)
    : loop_(loop)
    , opened_(std::move(opened))
    , changed_(std::move(changed))
{
}

void Gates::use(Access access, Identities identities)
{
    access_ = std::move(access);
    if (identities.ssh != identities_.ssh || identities.tls != identities_.tls) {
        warmUp(identities); // what this fills in is shared with every gate
    }
    identities_ = std::move(identities);
    for (auto gate = gates_.begin(); gate != gates_.end();) {
        const auto here = gate++;
        if (here->state == Gate::State::Spare) {
            remove(here); // it knows what held before
        } else if (here->state == Gate::State::Session && !access_.permits(here->login)) {
            logging::notice("session of " + text::quoted(here->login.user) + " from "
                + shown(here->origin) + " ends: " + gone(here->origin));
            here->process->kill();
        }
    }
    forkSpare();
}

Gates::Position Gates::fork(Ahead ahead)
{
    // Both by value in effect: the child has its own copy of this memory.
    const auto body = [this, ahead](fd::Fd channel) {
        if (ahead == Ahead::Yes) {
            warmUp(identities_);
        }
        serveConnection(std::move(channel), identities_, access_);
    };
    const auto gate = gates_.emplace(gates_.begin());
    try {
        gate->process = std::make_unique<process::Process>("femto-gate", body, MostFromGate);
        loop_.watch(
            gate->process->channel().fd(), EPOLLIN, [this, gate](uint32_t) { received(gate); });
        loop_.watch(gate->process->ended(), EPOLLIN, [this, gate](uint32_t) { collected(gate); });
    } catch (...) {
        if (gate->process) {
            loop_.forget(gate->process->channel().fd());
        }
        gates_.erase(gate);
        throw;
    }
    return gate;
}

void Gates::forkSpare()
try { // boundary: a spare is no necessity
    loop_.cancel(respawn_);
    respawn_ = 0;
    if ((identities_.ssh || identities_.tls) && count(Gate::State::Spare) == 0) {
        fork(Ahead::Yes);
    }
} catch (const std::exception& e) {
    logging::warning(std::string("no spare gate: ") + e.what());
}

Gates::Position Gates::take()
{
    const auto spare = std::ranges::find(gates_, Gate::State::Spare, &Gate::state);
    const auto gate = spare != gates_.end() ? spare : fork(Ahead::No);
    gates_.splice(gates_.end(), gates_, gate); // it is the youngest connection now
    return gate;
}

size_t Gates::count(Gate::State state) const
{
    return static_cast<size_t>(std::ranges::count(gates_, state, &Gate::state));
}

void Gates::makeRoom(const std::string& source)
{
    // Refusing the new one would let anybody lock everybody out.
    Position oldest = gates_.end();
    Position oldestOfSource = gates_.end();
    size_t all = 0;
    size_t ofSource = 0;
    for (auto gate = gates_.begin(); gate != gates_.end(); ++gate) {
        if (gate->state != Gate::State::Unauthenticated || gate->origin.calledHome) {
            continue;
        }
        oldest = all++ == 0 ? gate : oldest;
        if (gate->origin.address == source) {
            oldestOfSource = ofSource++ == 0 ? gate : oldestOfSource;
        }
    }
    const auto evict = [&](Position gate, const char* limit) {
        logging::notice(shown(gate->origin) + ": dropped before login for a newer connection");
        remove(gate);
        reached(limit);
    };
    if (ofSource >= access_.limits.maxUnauthenticatedPerSource) {
        evict(oldestOfSource, "max-unauthenticated-per-source");
    } else if (all >= access_.limits.maxUnauthenticated) {
        evict(oldest, "max-unauthenticated");
    }
}

void Gates::reached(const std::string& limit)
{
    statistics_.reached(limit);
    changed_();
}

std::vector<std::string> Gates::facts() const
{
    std::vector<std::string> facts = statistics_.facts();
    facts.push_back("unauthenticated\t" + std::to_string(count(Gate::State::Unauthenticated)));
    facts.push_back("sessions\t" + std::to_string(count(Gate::State::Session)));
    return facts;
}

void Gates::serve(fd::Fd connection, Origin origin)
{
    const std::string name = shown(origin);
    const auto ended = origin.ended;
    try { // boundary: a connection
        if (!identities_.has(origin.transport)) {
            throw std::runtime_error(origin.transport == Transport::Tls
                    ? "there is no TLS certificate"
                    : "there is no host key");
        }
        if (!origin.calledHome) {
            statistics_.accepted();
            makeRoom(origin.address);
        }
        const Position gate = take();
        gate->state = Gate::State::Unauthenticated;
        gate->process->channel().send({ static_cast<uint16_t>(GateMessage::Serve),
            { name, named(origin.transport), std::to_string(origin.idleTimeout.count()) },
            std::move(connection) });
        gate->origin = std::move(origin);
        changed_();
        if (respawn_ == 0) {
            respawn_ = loop_.after(RespawnAfter, [this] {
                respawn_ = 0;
                forkSpare();
            });
        }
    } catch (const std::exception& e) {
        logging::error(name + " is not served: " + e.what());
        if (ended) {
            ended(false);
        }
    }
}

void Gates::received(Position gate)
try { // boundary: a gate may have been taken over by its peer
    while (const auto message = gate->process->channel().receive()) {
        if (message->type == static_cast<uint16_t>(GateMessage::Reached)
            && gate->state != Gate::State::Spare && !std::exchange(gate->reachedLimit, true)) {
            reached(message->at(0));
            continue;
        }
        if (message->type != static_cast<uint16_t>(GateMessage::Open) || message->attached
            || gate->state != Gate::State::Unauthenticated
            || message->at(1) != named(gate->origin.transport)) {
            throw frame::Broken("message " + std::to_string(message->type));
        }
        open(gate, { gate->origin.transport, message->at(0), message->at(2), message->at(3) });
    }
    if (gate->process->channel().ended()) {
        loop_.forget(gate->process->channel().fd()); // its end comes by the pidfd
    }
} catch (const std::exception& e) {
    logging::error(shown(gate->origin) + ": gate is ended: " + e.what());
    loop_.forget(gate->process->channel().fd());
    gate->process->kill();
}

void Gates::refuse(Position gate, const std::string& reason)
{
    logging::notice(shown(gate->origin) + " is refused: " + reason);
    gate->process->channel().send({ static_cast<uint16_t>(GateMessage::Refuse), { reason }, {} });
}

void Gates::open(Position gate, Login login)
{
    if (!access_.permits(login)) {
        return refuse(gate, gone(gate->origin));
    }
    if (count(Gate::State::Session) >= access_.limits.maxSessions) {
        reached("max-sessions");
        return refuse(gate,
            "there are " + std::to_string(access_.limits.maxSessions)
                + " sessions, no more are allowed");
    }
    auto [server, peer] = fd::socketPair();
    // Written here and not by the gate, so that the user is the one that was checked.
    const std::string first = frame::encode(
        { static_cast<uint16_t>(Message::Login), { login.user },
            {} }).append(FixedHello);
    if (::send(peer.get(), first.data(), first.size(), MSG_NOSIGNAL)
        != static_cast<ssize_t>(first.size())) {
        fd::fail("socket pair");
    }
    if (!opened_(gate->origin, std::move(server))) {
        return refuse(gate, "the server is not ready");
    }
    gate->state = Gate::State::Session;
    gate->login = std::move(login);
    changed_();
    if (gate->origin.inSession) {
        gate->origin.inSession();
    }
    logging::info("session of " + text::quoted(gate->login.user) + " from " + shown(gate->origin)
        + (gate->origin.transport == Transport::Tls ? " over TLS" : ""));
    gate->process->channel().send(
        { static_cast<uint16_t>(GateMessage::Admit), {}, std::move(peer) });
}

void Gates::collected(Position gate)
{
    received(gate); // what it said before
    const std::string how = gate->process->collect();
    if (!how.empty()) {
        logging::warning(shown(gate->origin) + ": gate ended with " + how);
    }
    remove(gate);
}

void Gates::remove(Position gate)
{
    loop_.forget(gate->process->channel().fd());
    loop_.forget(gate->process->ended());
    const auto ended = std::move(gate->origin.ended);
    const bool wasSession = gate->state == Gate::State::Session;
    gates_.erase(gate); // kills it if it runs
    changed_();
    if (ended) {
        ended(wasSession);
    }
}

void Gates::endAll()
{
    loop_.cancel(respawn_);
    for (Gate& gate : gates_) {
        gate.origin.ended = nullptr;
        gate.process->kill();
    }
    while (!gates_.empty()) {
        remove(gates_.begin());
    }
}

} // namespace agent::gate
