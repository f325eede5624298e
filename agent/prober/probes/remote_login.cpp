// How logging in is restricted: sshd_config(5).
#include "agent/prober/probe.h"
#include "agent/prober/sshd_config.h"
#include "common/text.h"

namespace agent {

void readRemoteLogin(Reading& reading)
{
    const SshdConfig config = readSshdConfig(reading.root);
    const yang::Node ssh = reading.out.entry("login-policy", "femto-security-types:ssh");
    if (const auto tries = config.value("maxauthtries")) {
        if (const auto number = text::number<uint32_t>(tries->words.front())) {
            ssh.leaf("max-auth-tries", *number);
        }
        ssh.leaf("evidence", text::carried(tries->where));
    }
    ssh.leaf("confidence", "declared");
}

} // namespace agent
