#include "agent/prober/services/boot_links.h"

#include "common/text.h"

#include <algorithm>

namespace agent {

std::vector<BootStart> parseInittab(std::string_view all)
{
    constexpr std::string_view Starting[] = { "respawn", "wait", "once", "boot", "bootwait",
        "sysinit", "askfirst", "respawnlate", "askconsole" };
    std::vector<BootStart> out;
    size_t number = 0;
    for (std::string_view line : text::allLines(all)) {
        ++number;
        line = text::trim(line);
        const auto parts = text::fields(line, ':');
        if (line.starts_with('#') || parts.size() < 4
            || std::ranges::find(Starting, parts[2]) == std::end(Starting)) {
            continue;
        }
        const auto* begin = parts[3].data();
        const std::string_view process(
            begin, static_cast<size_t>(line.data() + line.size() - begin));
        BootStart start;
        for (const std::string_view word : text::words(process)) {
            start.command.emplace_back(word);
        }
        if (!start.command.empty() && start.command[0].starts_with('-')) {
            start.command[0].erase(0, 1); // BusyBox: a login shell
        }
        start.evidence = "/etc/inittab:" + std::to_string(number);
        out.push_back(std::move(start));
    }
    return out;
}

std::vector<BootStart> bootStarts(const Root& root)
{
    std::vector<BootStart> out = parseInittab(root.readIfThere("/etc/inittab").value_or(""));
    // Run levels 0, 1 and 6 are of no running system.
    for (const char* folder : { "/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d",
             "/etc/rcS.d", "/etc/rc.d", "/etc/rc.d/rc3.d", "/etc/rc.d/rc5.d" }) {
        for (const std::string& name : root.list(folder)) {
            if (name.size() < 4 || name[0] != 'S' || !text::number<uint8_t>(name.substr(1, 2))) {
                continue;
            }
            const std::string path = std::string(folder) + "/" + name;
            if (root.status(path)) { // the script that it points to is there
                out.push_back({ name.substr(3), {}, path });
            }
        }
    }
    return out;
}

} // namespace agent
