// Any bytes as a policy: refused by a PolicyError, or good to judge a node with.
#include "collector/worker/judge.h"
#include "yang/schemas.h"

#include <algorithm>
#include <cstdlib>

namespace {

constexpr const char* Snapshot = R"({"femto-security:femto-security":{
"status":{"category":[
{"type":"femto-security-types:open-ports","status":"femto-security-types:collected"},
{"type":"femto-security-types:user-permissions","status":"femto-security-types:partial"},
{"type":"femto-security-types:remote-login","status":"femto-security-types:collected"},
{"type":"femto-security-types:running-processes","status":"femto-security-types:collected"},
{"type":"femto-security-types:software-integrity","status":"femto-security-types:collected"}]},
"inventory":{
"remote-login":{"login-policy":[{"service":"femto-security-types:ssh","lockout":"until-unlocked",
"scope":[{"condition":"Match User x","max-auth-tries":9}]}]},
"user-permissions":{"user":[{"name":"a","uid":0},{"name":"b","uid":0}],"group":[{"name":"a"}]},
"running-processes":{"program":[{"executable":"/x","user":"root","script":["y"]}]},
"open-ports":{"port":[{"network-namespace":"host","protocol":"femto-security-types:tcp",
"local-address":"::","local-port":22,"scope":"any","ipv4-mapped":true,
"owner":[{"executable":"/x","user":"root"}]}]},
"software-integrity":{"component":[{"name":"/x","measured-hash":"00","state":"pending"}]}}}})";

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const yang::Context context = schemas::management();
    static const yang::Tree node = yang::Tree::parse(context, Snapshot);
    try {
        const collector::Policy policy = collector::Policy::parse(
            context, std::string_view(reinterpret_cast<const char*>(data), size));
        const auto now = std::chrono::system_clock::now();
        for (const auto& [name, profile] : policy.profiles) {
            const auto results
                = collector::judge(policy, name, node.root(), collector::CollectionFacts(), now);
            if (results.size() < profile.rules.size()
                    - static_cast<size_t>(std::count_if(profile.rules.begin(), profile.rules.end(),
                        [](const collector::Rule& rule) { return !rule.enabled; }))) {
                abort(); // a rule that is not answered
            }
        }
    } catch (const collector::PolicyError&) {
    }
    return 0;
}
