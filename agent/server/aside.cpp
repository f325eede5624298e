#include "agent/server/aside.h"
#include "common/frame.h"
#include "common/log.h"

#include <csignal>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>

namespace agent {

namespace {

constexpr size_t MostAnswer = 128u << 20;
constexpr int Niceness = 10; // others wait for nothing but their own requests

enum class Kind : uint16_t { Answer = 1, Error = 2 };

frame::Message outcome(const Aside::Work& work)
try { // boundary: a request
    return { static_cast<uint16_t>(Kind::Answer), { work() }, {} };
} catch (const RpcError& e) {
    frame::Message message { static_cast<uint16_t>(Kind::Error),
        { e.what(), e.type, e.tag, e.path, e.appTag, e.infoXml }, {} };
    for (const auto& [name, value] : e.info) {
        message.fields.insert(message.fields.end(), { name, value });
    }
    return message;
}

RpcError errorOf(const frame::Message& message)
{
    RpcError error(message.at(2), message.at(0), message.at(3), message.at(4));
    error.type = message.at(1);
    error.infoXml = message.at(5);
    for (size_t i = 6; i + 1 < message.fields.size(); i += 2) {
        error.info.emplace_back(message.at(i), message.at(i + 1));
    }
    return error;
}

/// Body of the copy.
void serve(const Aside::Work& work, fd::Fd socket)
{
    const rlimit time { Aside::Seconds, Aside::Seconds };
    ::setrlimit(RLIMIT_CPU, &time);
    ::signal(SIGFPE, SIG_DFL); // whatever a test or a sanitizer makes of it
    ::setpriority(PRIO_PROCESS, 0, Niceness);
    frame::Channel channel(std::move(socket), MostAnswer);
    channel.send(outcome(work));
    while (channel.pending()) {
        pollfd one { channel.fd(), POLLOUT, 0 };
        ::poll(&one, 1, -1);
        channel.flush();
    }
}

RpcError tooLong()
{
    return { "operation-failed",
        "this takes more than " + std::to_string(Aside::Seconds) + " s of processor time" };
}

} // namespace

Aside::Aside(loop::Loop& loop)
    : loop_(loop)
{
}

Aside::~Aside()
{
    while (!all_.empty()) {
        drop(all_.begin()->first);
    }
}

void Aside::run(uint32_t session, const Work& work, Done done)
{
    if (all_.size() >= Most) {
        throw RpcError("resource-denied",
            "there are " + std::to_string(Most) + " requests already that take long");
    }
    auto process = std::make_unique<process::Process>(
        "femto-aside", [&](fd::Fd socket) { serve(work, std::move(socket)); }, MostAnswer);
    loop_.watch(process->channel().fd(), EPOLLIN, [this, session](uint32_t) { received(session); });
    One& one = all_[session];
    one.process = std::move(process);
    one.done = std::move(done);
    one.timer = loop_.after(Patience, [this, session] { finish(session, {}, tooLong()); });
}

void Aside::received(uint32_t session)
try { // boundary: the copy may have been ended in the middle
    frame::Channel& channel = all_.at(session).process->channel();
    if (const auto message = channel.receive()) {
        if (message->type == static_cast<uint16_t>(Kind::Answer)) {
            finish(session, message->at(0), std::nullopt);
        } else {
            finish(session, {}, errorOf(*message));
        }
    } else if (channel.ended()) {
        loop_.forget(channel.fd());
        loop_.watch(all_.at(session).process->ended(), EPOLLIN,
            [this, session](uint32_t) { died(session); });
    }
} catch (const frame::Broken& e) {
    logging::error(std::string("an answer that took long is lost: ") + e.what());
    finish(session, {}, RpcError("too-big", "the answer is too large"));
}

void Aside::died(uint32_t session)
{
    const std::string how = all_.at(session).process->collect();
    const bool slow = how == "signal " + std::to_string(SIGKILL); // of RLIMIT_CPU
    finish(session, {},
        slow ? tooLong() : RpcError("operation-failed", "it cannot be evaluated: " + how));
}

void Aside::finish(uint32_t session, const std::string& text, const std::optional<RpcError>& error)
{
    const Done done = std::move(all_.at(session).done);
    drop(session);
    done(text, error);
}

void Aside::drop(uint32_t session)
{
    const auto found = all_.find(session);
    if (found == all_.end()) {
        return;
    }
    loop_.forget(found->second.process->channel().fd());
    loop_.forget(found->second.process->ended());
    loop_.cancel(found->second.timer);
    all_.erase(found); // kills it
}

} // namespace agent
