#include "agent/gate/call_home.h"
#include "agent/gate/call_plan.h"
#include "agent/gate/gate_messages.h"
#include "agent/gate/socket_address.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace agent::gate {

namespace {

constexpr std::chrono::milliseconds ConnectWithin { 20000 };
constexpr std::chrono::milliseconds ResolveWithin { 30000 };
constexpr std::chrono::milliseconds LookAgainAfter { 60000 };
constexpr size_t MostAddresses = 16;
constexpr size_t MostFromResolver = 65536;

/// Body of a process: a resolver reads foreign bytes, and waits for them.
void lookUp(const std::string& host, fd::Fd socket)
{
    frame::Channel channel(std::move(socket), MostFromResolver);
    addrinfo wanted {};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    if (const int rc = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found)) {
        throw std::runtime_error(host + ": " + ::gai_strerror(rc));
    }
    std::vector<std::string> addresses;
    for (const addrinfo* one = found; one && addresses.size() < MostAddresses; one = one->ai_next) {
        SocketAddress address;
        memcpy(address.raw(), one->ai_addr, one->ai_addrlen);
        addresses.push_back(address.text());
    }
    ::freeaddrinfo(found);
    channel.send({ static_cast<uint16_t>(GateMessage::AddressIs), std::move(addresses), {} });
}

} // namespace

struct CallHome::Call {
    Call(Target to, uint32_t seed)
        : target(std::move(to))
        , plan(target, seed, Clocks::now())
    {
    }
    Target target;
    CallPlan plan;
    fd::Fd socket {}; // while connecting
    std::string address {};
    std::unique_ptr<process::Process> resolver {};
    size_t turn = 0; // which of a name's addresses is next
    loop::Loop::TimerId timer = 0;
    bool stopped = false;
    const char* state = "waiting"; // as agent-access/statistics has it
    std::chrono::system_clock::time_point since = std::chrono::system_clock::now();
    uint64_t calls = 0;
    uint64_t sessions = 0;
    std::string failure {};
    std::string name() const
    {
        return "call home to " + target.name + " (" + plan.place().address + " port "
            + std::to_string(plan.place().port) + ")";
    }
};

CallHome::CallHome(
    loop::Loop& loop, std::function<void(fd::Fd, Origin)> connected, std::function<void()> changed)
    : loop_(loop)
    , connected_(std::move(connected))
    , changed_(std::move(changed))
{
}

CallHome::~CallHome()
{
    use({});
}

void CallHome::use(const std::vector<Target>& targets)
{
    std::map<Target, std::shared_ptr<Call>> next;
    for (const Target& target : targets) {
        const auto found = calls_.find(target);
        next[target] = found != calls_.end() ? found->second : nullptr;
    }
    for (const auto& [target, call] : calls_) {
        if (!next.contains(target)) {
            stop(*call);
        }
    }
    calls_ = std::move(next);
    changed_();
    for (auto& [target, call] : calls_) {
        if (!call) {
            call = std::make_shared<Call>(target, static_cast<uint32_t>(random_()));
            await(call);
        }
    }
}

/// The wall clock may be set meanwhile.
void CallHome::await(const std::shared_ptr<Call>& call)
{
    const auto wait = std::min(call->plan.wait(Clocks::now()), LookAgainAfter);
    call->timer = loop_.after(wait, [this, call] {
        const Clocks now = Clocks::now();
        if (call->plan.wait(now).count() > 0) {
            return await(call);
        }
        call->plan.called(now);
        ++call->calls;
        become(*call, "calling");
        resolve(call);
    });
}

std::vector<std::string> CallHome::facts() const
{
    std::vector<std::string> facts;
    for (const auto& [target, call] : calls_) {
        const Place& place = call->plan.place();
        facts.push_back("target\t" + target.name + "\t" + call->state + "\t"
            + secondsOf(call->since) + "\t" + place.address + "\t" + std::to_string(place.port)
            + "\t" + std::to_string(call->calls) + "\t" + std::to_string(call->sessions) + "\t"
            + (call->failure.empty() ? "-" : text::base64(call->failure)));
    }
    return facts;
}

void CallHome::become(Call& call, const char* state)
{
    call.state = state;
    call.since = std::chrono::system_clock::now();
    changed_();
}

void CallHome::stop(Call& call)
{
    call.stopped = true;
    loop_.cancel(call.timer);
    if (call.socket) {
        loop_.forget(call.socket.get());
        call.socket.close();
    }
    if (call.resolver) {
        loop_.forget(call.resolver->channel().fd());
        call.resolver.reset();
    }
}

void CallHome::resolve(const std::shared_ptr<Call>& call)
try { // boundary: one attempt
    const Place& place = call->plan.place();
    if (SocketAddress::numeric(place.address, place.port)) {
        return connect(call, place.address);
    }
    call->resolver = std::make_unique<process::Process>(
        "femto-resolver", [&](fd::Fd channel) { lookUp(place.address, std::move(channel)); },
        MostFromResolver);
    call->timer = loop_.after(ResolveWithin, [this, call] { failed(call, "no answer by DNS"); });
    loop_.watch(call->resolver->channel().fd(), EPOLLIN, [this, call](uint32_t) {
        const auto message = call->resolver->channel().receive();
        if (!message && !call->resolver->channel().ended()) {
            return;
        }
        if (!message || message->fields.empty()) {
            return failed(call, "name is not known");
        }
        loop_.cancel(call->timer);
        loop_.forget(call->resolver->channel().fd());
        call->resolver.reset();
        connect(call, message->fields[call->turn++ % message->fields.size()]);
    });
} catch (const std::exception& e) {
    failed(call, e.what());
}

void CallHome::connect(const std::shared_ptr<Call>& call, const std::string& address)
{
    const auto to = SocketAddress::numeric(address, call->plan.place().port);
    if (!to) {
        return failed(call, "no address");
    }
    call->address = address;
    call->socket
        = fd::Fd(::socket(to->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!call->socket
        || (::connect(call->socket.get(), to->raw(), to->size()) != 0 && errno != EINPROGRESS)) {
        return failed(call, strerror(errno));
    }
    call->timer = loop_.after(ConnectWithin, [this, call] { failed(call, "no answer"); });
    loop_.watch(call->socket.get(), EPOLLOUT, [this, call](uint32_t) { finishConnect(call); });
}

void CallHome::finishConnect(const std::shared_ptr<Call>& call)
{
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(call->socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        return failed(call, strerror(error));
    }
    loop_.cancel(call->timer);
    loop_.forget(call->socket.get());
    const int on = 1; // RFC 8071, section 4.1: keep NAT open and see a dead peer, also before login
    ::setsockopt(call->socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    Origin origin;
    origin.address = call->address;
    origin.port = call->plan.place().port;
    origin.transport = call->target.transport;
    origin.calledHome = true;
    if (call->target.periodic) {
        origin.idleTimeout = call->target.periodic->idleTimeout;
    }
    origin.inSession = [this, call] {
        ++call->sessions;
        become(*call, "in-session");
    };
    origin.ended = [this, call](bool wasSession) { ended(call, wasSession); };
    logging::info(call->name() + ": connected");
    become(*call, "connected");
    connected_(std::exchange(call->socket, fd::Fd()), std::move(origin));
}

void CallHome::failed(const std::shared_ptr<Call>& call, const std::string& why)
{
    stop(*call);
    call->stopped = false;
    logging::warning(call->name() + ": " + why);
    call->failure = why;
    call->plan.failed(Clocks::now());
    become(*call, "waiting");
    await(call);
}

void CallHome::ended(const std::shared_ptr<Call>& call, bool wasSession)
{
    if (call->stopped) {
        return;
    }
    if (wasSession) {
        call->plan.ended(Clocks::now());
    } else {
        call->failure = "connection ended before a session began";
        call->plan.failed(Clocks::now());
    }
    become(*call, "waiting");
    await(call);
}

} // namespace agent::gate
