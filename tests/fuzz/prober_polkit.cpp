// Rules of polkit(8): each is decided or named as not, and none is far away. Entries of
// pklocalauthority(8).
#include "agent/prober/polkit_rules.h"
#include "agent/prober/probe.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto last = static_cast<size_t>(std::ranges::count(all, '\n')) + 1;
    const agent::PolkitScript script = agent::parsePolkitRules(all, "x");
    for (const size_t line : script.undecided) {
        if (line < 1 || line > last) {
            std::abort();
        }
    }
    try {
        agent::parsePkla(all, "x");
    } catch (const agent::ParseError&) {
    }
    return 0;
}
