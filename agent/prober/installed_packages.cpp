#include "agent/prober/installed_packages.h"
#include "agent/prober/probe.h"
#include "common/text.h"

#include <algorithm>
#include <map>

namespace agent {

namespace {

struct Status {
    const char* file;
    const char* manager;
};

constexpr Status Files[] = {
    { "/var/lib/dpkg/status", "dpkg" },
    { "/usr/lib/opkg/status", "opkg" },
    { "/var/lib/opkg/status", "opkg" },
};

/// The third word of "Status: install ok installed".
bool hasFiles(std::string_view status)
{
    const auto words = text::words(status);
    return words.size() == 3 && words[2] != "not-installed" && words[2] != "config-files";
}

} // namespace

std::vector<Package> parsePackages(
    std::string_view all, const std::string& manager, const std::string& file)
{
    std::map<std::string, std::vector<std::pair<std::string, std::string>>> found;
    std::string_view name;
    std::string_view version;
    std::string_view architecture;
    bool there = false;
    const auto finish = [&](size_t line) {
        if (there && (name.empty() || version.empty())) {
            throw ParseError(file + ":" + std::to_string(line) + ": a package without "
                + (name.empty() ? "name" : "version") + ": " + text::quoted(name));
        }
        if (there) {
            found[std::string(name)].emplace_back(architecture, version);
        }
        name = version = architecture = {};
        there = false;
    };
    size_t number = 0;
    for (const std::string_view line : text::allLines(all)) {
        ++number;
        if (text::trim(line).empty()) {
            finish(number);
            continue;
        }
        const size_t colon = line.find(':');
        if (line[0] == ' ' || line[0] == '\t') {
            continue; // goes on from the line above
        }
        if (colon == line.npos) {
            throw ParseError(
                file + ":" + std::to_string(number) + ": no field: " + text::quoted(line));
        }
        const std::string_view field = line.substr(0, colon);
        const std::string_view value = text::trim(line.substr(colon + 1));
        if (field == "Package") {
            name = value;
        } else if (field == "Version") {
            version = value;
        } else if (field == "Architecture") {
            architecture = value;
        } else if (field == "Status") {
            there = hasFiles(value);
        }
    }
    finish(number);
    std::vector<Package> packages;
    for (const auto& [one, versions] : found) {
        for (const auto& [machine, number_] : versions) {
            packages.push_back(
                { manager + ":" + one + (versions.size() > 1 ? ":" + machine : ""), number_ });
        }
    }
    return packages;
}

std::vector<Package> installedPackages(const Root& root)
{
    std::vector<Package> all;
    for (const Status& status : Files) {
        if (const auto content = root.readIfThere(status.file)) {
            const auto some = parsePackages(*content, status.manager, status.file);
            all.insert(all.end(), some.begin(), some.end());
        }
    }
    std::ranges::sort(all, {}, &Package::name);
    const auto same
        = [](const Package& one, const Package& other) { return one.name == other.name; };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    return all;
}

} // namespace agent
