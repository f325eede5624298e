#include "collector/worker/assignment.h"

#include <algorithm>

namespace collector {

using nlohmann::json;

namespace {

/// An absent or null member is the default.
template <typename T> T optional(const json& facts, const char* name, T otherwise)
{
    const auto found = facts.find(name);
    return found == facts.end() || found->is_null() ? otherwise : found->get<T>();
}

std::vector<std::string> texts(const json& oneOrMore)
{
    return oneOrMore.is_array() ? oneOrMore.get<std::vector<std::string>>()
                                : std::vector { oneOrMore.get<std::string>() };
}

} // namespace

bool Assignment::sameAccess(const Assignment& other) const
{
    return address == other.address && port == other.port && user == other.user
        && fingerprints == other.fingerprints && callHome == other.callHome;
}

bool Assignment::pinned(const std::string& fingerprint) const
{
    return std::ranges::find(fingerprints, fingerprint) != fingerprints.end();
}

Assignment readAssignment(const std::string& text)
try {
    const json facts = json::parse(text);
    Assignment out;
    facts.at("node").get_to(out.node);
    out.address = optional(facts, "address", std::string());
    out.port = optional(facts, "port", out.port);
    facts.at("user").get_to(out.user);
    out.fingerprints = texts(facts.at("fingerprint"));
    out.callHome = optional(facts, "call-home", false);
    out.profile = optional(facts, "profile", std::string());
    out.epoch = optional(facts, "epoch", std::string());
    out.sequence = optional(facts, "sequence", uint64_t { 0 });
    out.logTime = optional(facts, "log-time", std::string());
    out.heard = optional(facts, "heard", std::string());
    out.state = texts(facts.value("state", json::array()));
    return out;
} catch (const json::exception& e) {
    throw frame::Broken(std::string("an assignment: ") + e.what());
}

} // namespace collector
