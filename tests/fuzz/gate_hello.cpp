// A client's hello: any text gives an answer or BadHello.
#include "agent/gate/hello.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    try {
        agent::gate::Hello::parse({ reinterpret_cast<const char*>(data), size });
    } catch (const agent::gate::BadHello&) {
    }
    return 0;
}
