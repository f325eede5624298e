#include "collector/worker/worker.h"
#include "collector/messages.h"
#include "common/log.h"
#include "common/text.h"

#include <sys/epoll.h>

namespace collector {

namespace {

using std::chrono::milliseconds;

constexpr size_t MostFromCoordinator = 512u << 20; // a policy with manifests, states of nodes

/// The next moment at which verdicts change though nothing else does: waivers and manifests end.
std::optional<wall::Time> nextChange(const Policy& policy, wall::Time now)
{
    std::optional<wall::Time> next;
    const auto consider = [&](std::optional<wall::Time> moment) {
        if (moment && *moment > now && (!next || *moment < *next)) {
            next = moment;
        }
    };
    for (const Waiver& waiver : policy.waivers) {
        consider(waiver.until);
    }
    for (const auto& [name, profile] : policy.profiles) {
        for (const Manifest& manifest : profile.manifests) {
            consider(manifest.from);
            consider(manifest.until);
        }
    }
    return next;
}

} // namespace

Worker::Worker(const yang::Context& context, loop::Loop& loop, const ClientKey& key,
    fd::Fd coordinator, std::function<void()> gone)
    : Worker(context, loop, key, std::move(coordinator), std::move(gone), Pace {})
{
}

Worker::Worker(const yang::Context& context, loop::Loop& loop, const ClientKey& key,
    fd::Fd coordinator, std::function<void()> gone, Pace pace)
    : channel_(std::move(coordinator), MostFromCoordinator)
    , gone_(std::move(gone))
    , loop_(loop)
    , outbox_(loop,
          { [this](frame::Message message) { send(std::move(message)); },
              [this](bool pressed) {
                  for (const auto& [name, node] : nodes_) {
                      node->pause(pressed);
                  }
              },
              [this] {
                  for (const auto& [name, node] : nodes_) {
                      node->closeBatch();
                  }
              } },
          pace.pending)
    , admission_(loop)
    , shared_ { context, loop, key, outbox_, admission_, nullptr, {} }
    , callHome_(shared_, [this](const std::string& node) { calledHome(node); })
{
    shared_.limits = pace.limits;
    shared_.firstRetry = pace.firstRetry;
    shared_.restore = pace.restore;
    shared_.resend = pace.resend;
    loop_.watch(channel_.fd(), EPOLLIN, [this](uint32_t) { fromCoordinator(); });
}

Worker::~Worker()
{
    loop_.cancel(policyTimer_);
    loop_.cancel(goneTimer_);
    nodes_.clear();
    loop_.forget(channel_.fd());
}

void Worker::fromCoordinator()
{
    try { // boundary: frames of the coordinator
        channel_.flush();
        while (auto message = channel_.receive()) {
            take(*message);
        }
    } catch (const std::exception& e) {
        broken(e.what());
        return;
    }
    if (channel_.ended()) {
        broken("it has ended");
        return;
    }
    update();
}

/// Nothing is destroyed here: a node may be at work further up the stack.
void Worker::broken(const std::string& why)
{
    if (std::exchange(broken_, true)) {
        return;
    }
    logging::notice("no coordinator: " + why);
    loop_.forget(channel_.fd());
    goneTimer_ = loop_.after(milliseconds(0), [this] {
        goneTimer_ = 0;
        const auto gone = gone_;
        gone();
    });
}

void Worker::send(frame::Message message)
{
    if (broken_) {
        return;
    }
    try { // boundary: the coordinator
        channel_.send(std::move(message));
        update();
    } catch (const std::exception& e) {
        broken(e.what());
    }
}

void Worker::update()
{
    loop_.change(channel_.fd(), channel_.pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Worker::take(frame::Message& message)
{
    switch (static_cast<Message>(message.type)) {
    case Message::Policy:
        setPolicy(message.at(0));
        break;
    case Message::Collection:
        shared_.collection = message.at(0);
        for (const auto& [name, node] : nodes_) {
            node->collectionChanged();
        }
        break;
    case Message::Pins:
        callHome_.pins(message.at(0));
        break;
    case Message::Listen:
        callHome_.listen(std::move(message.attached));
        break;
    case Message::Assign:
        assign(message.at(0));
        break;
    case Message::Release:
        nodes_.erase(message.at(0));
        callHome_.refuse(message.at(0));
        break;
    case Message::Durable:
        outbox_.durable(message.at(0));
        break;
    default:
        throw frame::Broken("message " + std::to_string(message.type));
    }
}

void Worker::setPolicy(const std::string& text)
{
    try { // boundary: the operator's policy; the one in force stays
        shared_.policy = std::make_shared<const Policy>(Policy::parse(shared_.context, text));
    } catch (const PolicyError& error) {
        logging::error(std::string("the policy is not taken: ") + error.what());
        return;
    }
    for (const auto& [name, node] : nodes_) {
        node->judgeAll();
    }
    watchPolicy();
}

void Worker::watchPolicy()
{
    loop_.cancel(policyTimer_);
    policyTimer_ = 0;
    const wall::Time now = std::chrono::system_clock::now();
    const auto next = shared_.policy ? nextChange(*shared_.policy, now) : std::nullopt;
    if (!next) {
        return;
    }
    // Looked at once an hour at least: the clock may be set.
    const auto wait = std::min<milliseconds>(
        std::chrono::ceil<milliseconds>(*next - now), std::chrono::hours(1));
    policyTimer_ = loop_.after(wait, [this, next = *next] {
        policyTimer_ = 0;
        if (std::chrono::system_clock::now() >= next) {
            for (const auto& [name, node] : nodes_) {
                node->judgeAll();
            }
        }
        watchPolicy();
    });
}

void Worker::assign(const std::string& json)
{
    Assignment assignment = readAssignment(json);
    const std::string name = assignment.node;
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) {
        nodes_.emplace(name, std::make_unique<Node>(shared_, std::move(assignment)));
    } else {
        found->second->reassign(std::move(assignment));
    }
    if (auto call = callHome_.claim(name)) {
        nodes_.at(name)->takeCall(std::move(call->client), call->fingerprint);
    }
}

void Worker::calledHome(const std::string& node)
{
    const auto found = nodes_.find(node);
    if (found == nodes_.end() || !found->second->assignment().callHome) {
        send({ static_cast<uint16_t>(Message::CalledHome), { node }, {} });
    } else if (auto call = callHome_.claim(node)) {
        found->second->takeCall(std::move(call->client), call->fingerprint);
    }
}

} // namespace collector
