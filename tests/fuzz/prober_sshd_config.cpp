#include "agent/prober/ssh_daemons.h"
#include "agent/prober/sshd_access.h"
#include "common/text.h"

#include <cstdint>
#include <numeric>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    // Up to a line "--" is the main file, behind it is every file that it includes.
    const size_t cut = std::min(all.find("\n--\n"), all.size());
    size_t left = 64;
    const agent::SshdInclude include = [&](const std::string& pattern) {
        std::vector<std::pair<std::string, std::string>> files;
        if (left > 0) {
            --left;
            files.emplace_back(pattern, std::string(all.substr(cut)));
        }
        return files;
    };
    const agent::RootHurdles hurdles { { { "root", { "root", "adm" } } }, false, false };
    try {
        const agent::SshdConfig config
            = agent::parseSshdConfig(all.substr(0, cut), "/etc/ssh/sshd_config", include, {});
        std::vector<size_t> scopes(std::min<size_t>(config.scopes.size(), 16));
        std::iota(scopes.begin(), scopes.end(), size_t { 0 });
        agent::sshdAccess(config, scopes, hurdles);
        std::set<std::string> evidence;
        agent::weakestRootLogin(config, { 22 }, hurdles, scopes, &evidence);
    } catch (const agent::ParseError&) {
        return 0;
    }
    std::vector<std::string> arguments;
    for (const std::string_view line : text::allLines(all)) {
        arguments.emplace_back(line);
    }
    if (const auto behind = agent::sshdArguments(arguments)) {
        agent::sshdCommand(*behind);
        agent::dropbearOptions(*behind);
    }
    return 0;
}
