#include "agent/server/access_facts.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

namespace agent {

namespace {

class Facts {
public:
    /// False, with a word in the log, if these cannot be said.
    bool add(const std::vector<std::string>& words)
    {
        std::string fact;
        for (const std::string& word : words) {
            if (word.empty() || word.find('\t') != word.npos) {
                logging::warning("agent-access: " + words[0] + " " + text::quoted(words[1])
                    + " is not used, because of " + text::quoted(word));
                return false;
            }
            fact += (fact.empty() ? "" : "\t") + word;
        }
        all.push_back(std::move(fact));
        return true;
    }

    std::vector<std::string> all;
};

std::string of(const yang::Node& node, const char* name)
{
    return node.valueOr(name, "");
}

bool overTls(const yang::Node& node)
{
    return of(node, "transport") == "tls";
}

std::string withoutModule(const std::string& identity)
{
    return identity.substr(identity.find(':') + 1);
}

std::string secondsOf(const std::string& dateAndTime)
{
    const auto time = wall::parse(dateAndTime);
    return time
        ? std::to_string(std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count())
        : "";
}

void addTarget(Facts& facts, const yang::Node& target)
{
    const bool tls = overTls(target);
    const std::string name = of(target, "name");
    const std::string port = target.valueOr("port", tls ? "4335" : "4334");
    if (!facts.add({ tls ? "call-home-tls" : "call-home", name, of(target, "address"), port,
            of(target, "min-backoff"), of(target, "max-backoff"), of(target, "start-with"),
            of(target, "max-attempts") })) {
        return;
    }
    for (const yang::Node& one : target.children("alternative")) {
        facts.add({ "call-home-alternative", name, of(one, "address"), one.valueOr("port", port) });
    }
    if (const auto periodic = target.child("periodic")) {
        const auto anchor = periodic->child("anchor-time");
        const auto minutes = text::number<uint32_t>(of(*periodic, "period"));
        facts.add({ "call-home-periodic", name, std::to_string(minutes.value() * 60),
            anchor ? secondsOf(anchor->value()) : "-", of(*periodic, "idle-timeout") });
    }
}

void addClients(Facts& facts, const yang::Node& tls)
{
    for (const char* const list : { "trust-anchor", "client-certificate" }) {
        for (const yang::Node& one : tls.children(list)) {
            facts.add({ list, of(one, "name"), of(one, "certificate") });
        }
    }
    for (const yang::Node& one : tls.children("cert-to-name")) {
        const std::string name = of(one, "name");
        facts.add({ "cert-to-name", of(one, "id"), of(one, "fingerprint"),
            withoutModule(of(one, "map-type")), name.empty() ? "-" : text::base64(name) });
    }
}

} // namespace

std::vector<std::string> accessFacts(const yang::Tree& running)
{
    Facts facts;
    const auto access = running.find("/femto-agent-access:agent-access");
    if (!access) {
        return {};
    }
    bool tlsUsed = false;
    if (const auto listen = access->child("listen")) {
        for (const yang::Node& one : listen->children("endpoint")) {
            const bool tls = overTls(one);
            tlsUsed |= tls;
            facts.add({ tls ? "listen-tls" : "listen", of(one, "name"), of(one, "address"),
                one.valueOr("port", tls ? "6513" : "830") });
        }
    }
    if (const auto callHome = access->child("call-home")) {
        for (const yang::Node& one : callHome->children("target")) {
            if (one.flag("enabled")) {
                tlsUsed |= overTls(one);
                addTarget(facts, one);
            }
        }
    }
    if (const auto tls = access->child("tls")) {
        if (tlsUsed) {
            facts.add({ "tls-identity", of(*tls, "private-key"), of(*tls, "certificate") });
        }
        addClients(facts, *tls); // sessions may be left when the last endpoint is gone
    }
    for (const yang::Node& key : access->children("host-key")) {
        facts.add({ "host-key", of(key, "name"), of(key, "path") });
    }
    for (const yang::Node& user : access->children("user")) {
        for (const yang::Node& key : user.children("authorized-key")) {
            facts.add(
                { "user-key", of(user, "name"), of(key, "algorithm"), of(key, "public-key") });
        }
    }
    if (const auto limits = access->child("limits")) {
        for (const yang::Node& leaf : limits->children()) {
            if (!leaf.name().starts_with("max-subscriptions")) { // the server's own
                facts.add({ "limit", leaf.name(), leaf.value() });
            }
        }
    }
    return std::move(facts.all);
}

} // namespace agent
