#include "agent/prober/pam_auth.h"
#include "agent/prober/pam_password.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    static const agent::Root nothing("/proc/self/task"); // no /etc in there
    // Up to a line "--" is the service, behind it is every file that it includes.
    const size_t cut = std::min(all.find("\n--\n"), all.size());
    const agent::PamFiles files = [&](const std::string& path) -> std::optional<std::string> {
        return path.ends_with("x") ? std::nullopt
                                   : std::optional(std::string(all.substr(cut).substr(0, 4096)));
    };
    agent::PamService service { "fuzz", true, {}, {}, {} };
    try {
        agent::parsePam(
            all.substr(0, cut), "/etc/pam.d/fuzz", files, service.rules, service.missing);
        const agent::PasswordSources sources { nothing, {}, true };
        agent::passwordPolicy(service.stack(agent::PamType::Password), sources);
        std::set<std::string> evidence;
        const agent::PamStack auth = service.stack(agent::PamType::Auth);
        agent::loginLimits(auth, nothing, {});
        agent::admitsRoot(auth, nothing, evidence);
    } catch (const std::exception&) {
        return 0;
    }
    return 0;
}
