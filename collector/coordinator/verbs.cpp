// What the operator's command may ask of the running collector.
#include "collector/coordinator/control.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <stdexcept>

namespace collector {

using nlohmann::json;

namespace {

json nodes(const Question& question)
{
    return { { "nodes", question.store.nodes() }, { "policy", question.policy } };
}

json node(const Question& question)
{
    return question.store.node(question.arguments.at("node"));
}

json findings(const Question& question)
{
    const json& wanted = question.arguments;
    return question.store.findings({ wanted.value("node", ""), wanted.value("severity", ""),
        wanted.value("resolved", false) });
}

bool isFingerprint(const std::string& text)
{
    constexpr std::string_view Kind = "SHA256:";
    const auto digest
        = text.starts_with(Kind) ? text::fromBase64(text.substr(Kind.size()) + "=") : std::nullopt;
    return digest && digest->size() == 32;
}

json enroll(const Question& question)
{
    const json& given = question.arguments;
    Enrolment node;
    node.node = given.at("node");
    node.address = given.value("address", "");
    node.port = given.value("port", uint16_t { 830 });
    node.user = given.at("user");
    node.fingerprint = given.at("fingerprint");
    node.callHome = given.value("call-home", false);
    node.profile = given.value("profile", question.defaultProfile);
    if (node.node.empty() || node.node.size() > 255 || text::carried(node.node) != node.node) {
        throw std::invalid_argument("node: " + text::quoted(node.node) + " is no name of a node");
    }
    if (node.address.empty() && !node.callHome) {
        throw std::invalid_argument("node " + node.node + ": neither address nor call home");
    }
    in6_addr ignored {};
    if (!node.address.empty() && ::inet_pton(AF_INET, node.address.c_str(), &ignored) != 1
        && ::inet_pton(AF_INET6, node.address.c_str(), &ignored) != 1) {
        throw std::invalid_argument("address: " + text::quoted(node.address)
            + " is no IP address: names are looked up by the command, not by the collector");
    }
    if (node.user.empty()) {
        throw std::invalid_argument("node " + node.node + ": no user");
    }
    if (!isFingerprint(node.fingerprint)) {
        throw std::invalid_argument("fingerprint: " + text::quoted(node.fingerprint)
            + " is not SHA256: and 43 characters of base64");
    }
    question.store.enrol(node, question.actor);
    question.changed();
    return { { "enrolled", node.node } };
}

json dismiss(const Question& question)
{
    question.store.dismiss(question.arguments.at("node"), question.actor);
    question.changed();
    return { { "dismissed", question.arguments.at("node") } };
}

json acknowledge(const Question& question)
{
    question.store.acknowledge(
        question.arguments.at("finding"), question.actor, question.arguments.value("comment", ""));
    return { { "acknowledged", question.arguments.at("finding") } };
}

} // namespace

std::span<const Verb> verbs()
{
    static constexpr Verb all[] = {
        { "nodes", nodes },
        { "node", node },
        { "findings", findings },
        { "enroll", enroll },
        { "dismiss", dismiss },
        { "ack", acknowledge },
    };
    return all;
}

} // namespace collector
