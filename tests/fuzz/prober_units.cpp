// systemd units, inetd.conf(5), xinetd.conf(5) and inittab(5).
#include "agent/prober/services/boot_links.h"
#include "agent/prober/services/inetd.h"
#include "agent/prober/unit_file.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    for (const auto& [name, value] : agent::parseUnit(all)) {
        agent::unitWords(value);
    }
    agent::parseInetd(all);
    agent::parseXinetd(all);
    agent::parseInittab(all);
    return 0;
}
