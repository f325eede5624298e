// sudoers(5): every line is an entry, an error or nothing, and none is far away.
#include "agent/prober/sudoers_parser.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto last = static_cast<size_t>(std::ranges::count(all, '\n')) + 1;
    const agent::SudoersText text = agent::parseSudoers(all);
    for (const agent::SudoEntry& entry : text.entries) {
        if (entry.line < 1 || entry.line > last) {
            std::abort();
        }
    }
    for (const agent::SudoError& error : text.errors) {
        if (error.line < 1 || error.line > last || error.why.empty()) {
            std::abort();
        }
    }
    return 0;
}
