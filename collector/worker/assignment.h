// A node as a worker is told of it, and what all nodes of a worker share.
#pragma once

#include "collector/worker/admission.h"
#include "collector/worker/outbox.h"
#include "collector/worker/policy.h"
#include "collector/worker/ssh_client.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace collector {

struct Assignment {
    std::string node;
    std::string address; // numeric; empty if the node only calls home
    uint16_t port = 830;
    std::string user;
    std::vector<std::string> fingerprints; // of its host keys: each is as good
    bool callHome = false;
    std::string profile;
    std::string epoch; // of the last durable report; empty if there is none
    uint64_t sequence = 0;
    std::string logTime; // its eventTime
    std::string heard; // when it was received, or when the node was enrolled
    std::vector<std::string> state; // RFC 7951 of femto-security, in any number of texts

    /// Whether a session that was made for one is right for the other.
    bool sameAccess(const Assignment& other) const;
    bool pinned(const std::string& fingerprint) const;
};

/// From the JSON of an Assign. Throws frame::Broken.
Assignment readAssignment(const std::string& json);

struct Shared {
    const yang::Context& context;
    loop::Loop& loop;
    const ClientKey& key;
    Outbox& outbox;
    Admission& admission;
    std::shared_ptr<const Policy> policy; // none until the coordinator has sent one
    std::string collection; // RFC 7951 of what nodes shall collect; empty until it was sent
    SshLimits limits {};
    std::chrono::milliseconds firstRetry { 1'000 };
    std::chrono::milliseconds longestRetry { 300'000 };
    std::chrono::milliseconds restore { 60'000 }; // of a configuration that others changed
    std::chrono::milliseconds resend { 5'000 }; // without progress, then a gap is given up
};

} // namespace collector
