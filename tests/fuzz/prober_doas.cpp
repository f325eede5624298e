// doas.conf(5): every rule names somebody and is where its line is, or the whole is refused.
#include "agent/prober/doas_config.h"
#include "agent/prober/probe.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto last = static_cast<size_t>(std::ranges::count(all, '\n'));
    try {
        for (const agent::DoasRule& rule : agent::parseDoas(all)) {
            if (rule.line < 1 || rule.line > last || rule.identity.size() > 1023) {
                std::abort();
            }
        }
    } catch (const agent::ParseError&) {
    }
    return 0;
}
