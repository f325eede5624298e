// The operator's policy (YANG module femto-compliance-policy) as the judge uses it: profiles with
// what they take over from their base, and lists that answer by hash.
#pragma once

#include "collector/worker/permitted.h"
#include "collector/worker/rule.h"
#include "common/clock.h"
#include "common/yang.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

struct Waiver {
    std::string name;
    std::string rule;
    std::set<std::string> objects; // all of the rule if empty
    std::set<std::string> nodes; // all if empty
    wall::Time until;
    std::string reason;
    std::string approver;

    bool covers(std::string_view node, std::string_view object) const;
};

struct Profile {
    std::string name;
    std::string base;
    std::vector<Rule> rules; // by id
    Permitted permitted;
    std::vector<Manifest> manifests; // by release
};

/// What is wrong with a policy, in one line that names the place and quotes the text.
struct PolicyError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Policy {
public:
    /// The profile that is always there to be a base, whether or not the document has it.
    static constexpr const char* Shipped = "femto-baseline";
    static constexpr size_t MostBytes = 256u << 20; // a manifest of a million files

    /// Throws PolicyError. `context` is schemas::management() or what it is made of, with the
    /// operator's extension modules.
    static Policy parse(const yang::Context& context, std::string_view json);

    /// Throws PolicyError. The empty name is the default profile.
    const Profile& profile(std::string_view name) const;
    /// Categories whose verdicts may change when facts of `changed` do: those of the rules that
    /// read them, and "collection", that watches all.
    std::set<std::string> affected(
        std::string_view profile, const std::set<std::string>& changed) const;
    /// The waiver that covers a violation and has not ended. Of several the one that ends last, as
    /// that is when it counts again.
    const Waiver* waiver(std::string_view rule, std::string_view node, std::string_view object,
        wall::Time now) const;

    std::string version;
    std::string digest; // SHA-256 over the canonical text
    std::string defaultProfile;
    std::map<std::string, Profile, std::less<>> profiles;
    std::vector<Waiver> waivers;
};

} // namespace collector
