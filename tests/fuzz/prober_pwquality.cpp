#include "agent/prober/faillock.h"
#include "agent/prober/login_defs.h"
#include "agent/prober/pwquality.h"
#include "common/text.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string all(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> arguments;
    for (const std::string_view word : text::words(all)) {
        arguments.emplace_back(word);
    }
    const agent::Pwquality settings
        = agent::parsePwquality({ { "/etc/security/pwquality.conf", all } }, arguments, "pam:1");
    if (settings.shortest() < 1 || settings.classes() < 0 || settings.classes() > 4) {
        abort();
    }
    agent::PamRule rule;
    rule.module = "pam_faillock";
    rule.arguments = arguments;
    const agent::Faillock lock = agent::parseFaillock(all, rule);
    if (lock.deny > 65535 || lock.unlockTime > 604800) {
        abort();
    }
    agent::tally(rule);
    agent::parseLoginDefs(all);
    return 0;
}
