#include "agent/prober/services/installed.h"

#include "agent/prober/installed_packages.h"
#include "agent/prober/package_owner.h"

namespace agent {

namespace {

constexpr const char* ProgramFolders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    "/usr/local/sbin", "/usr/local/bin", "/usr/libexec", "/opt/bin", "/opt/sbin" };

} // namespace

void addInstalled(const Root& root, const ServiceIdentity& identity, ServiceInventory& inventory)
{
    for (const ServiceProgram& program : servicePrograms()) {
        const std::string_view type = program.type;
        if (type.empty() || type == "x11") {
            continue; // of no service before it listens
        }
        for (const char* folder : ProgramFolders) {
            const std::string path = std::string(folder) + "/" + program.name;
            const auto what = root.status(path);
            if (what && S_ISREG(what->st_mode)) {
                auto& facts = inventory.at(identity.declared({ program.type, program.name }));
                facts.installed = true;
                facts.path = path;
                facts.evidence.insert(path);
                break;
            }
        }
    }
}

void addVersions(Reading& reading, ServiceInventory& inventory)
{
    std::vector<std::string> paths;
    for (const auto& [key, facts] : inventory.all()) {
        paths.push_back(facts.path);
    }
    try { // boundary: a package manager's files say nothing of the services
        const auto owners = packageOwners(reading, paths);
        std::map<std::string, std::string> known;
        for (const Package& package : installedPackages(reading.root)) {
            known.emplace(package.name.substr(package.name.find(':') + 1), package.version);
        }
        size_t at = 0;
        for (auto& [key, facts] : inventory.all()) {
            const std::string& owner = owners.at(at++);
            const auto found = known.find(owner.substr(owner.find(':') + 1));
            facts.version = found == known.end() || owner.empty() ? "" : found->second;
        }
    } catch (const std::exception& e) {
        reading.failed("packages", e);
    }
}

} // namespace agent
