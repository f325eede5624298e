// A target of an edit is a text of the other side's choosing.
#include "common/instance_path.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    try {
        for (const instance_path::Step& step : instance_path::parse(all)) {
            if (step.module.empty() || step.name.empty()) {
                std::abort();
            }
        }
    } catch (const yang::Error&) {
    }
    return 0;
}
