// Any bytes as a configuration file of any form; the first byte says of which.
#include "agent/prober/probe.h"
#include "agent/prober/vendor/flat_settings.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    constexpr const char* Forms[] = { "key-value", "ini", "json", "uci", "xml" };
    if (size == 0) {
        return 0;
    }
    const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        agent::parseSettings(Forms[data[0] % std::size(Forms)], all);
    } catch (const agent::ParseError&) {
    }
    return 0;
}
