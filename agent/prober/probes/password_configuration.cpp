// What a new password must be like: login.defs(5).
#include "agent/prober/login_defs.h"
#include "agent/prober/probe.h"
#include "common/text.h"

namespace agent {

void readPasswordConfiguration(Reading& reading)
{
    const LoginDefs defs = parseLoginDefs(reading.root.read("/etc/login.defs"));
    const yang::Node console = reading.out.entry("policy", "femto-security-types:console-login");
    if (const auto most = defs.shadow("PASS_MAX_DAYS")) {
        const auto days = text::number<uint32_t>(most->text);
        if (!days) {
            throw ParseError(most->where + ": PASS_MAX_DAYS is " + text::quoted(most->text));
        }
        console.leaf("max-age", *days);
        console.leaf("evidence", text::carried(most->where));
    }
    console.leaf("confidence", "declared");
}

} // namespace agent
