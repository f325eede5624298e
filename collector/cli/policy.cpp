// femtowatch policy: is a policy file valid?
#include "collector/cli/command.h"
#include "collector/cli/documents.h"
#include "collector/cli/terminal.h"
#include "yang/extensions.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

namespace cli {

namespace {

std::string counted(const collector::Profile& profile)
{
    const collector::Permitted& lists = profile.permitted;
    size_t programs = lists.programPatterns.size();
    for (const auto& [executable, entries] : lists.programs) {
        programs += entries.size();
    }
    const auto rules = std::ranges::count_if(profile.rules, &collector::Rule::enabled);
    std::string out = std::to_string(rules) + " rules";
    const std::pair<const char*, size_t> counts[] = { { "users", lists.users.size() },
        { "groups", lists.groups.size() }, { "grants", lists.grants.size() },
        { "setuid-files", lists.setuidFiles.size() }, { "programs", programs },
        { "ports", lists.ports.size() }, { "manifests", profile.manifests.size() } };
    for (const auto& [name, count] : counts) {
        out += ", " + std::to_string(count) + " " + name;
    }
    return out;
}

int check(const std::string& path, const std::string& modules)
{
    const yang::Context context = schemas::managementWith(schemas::Extensions::ofFolder(modules));
    const collector::Policy policy = readPolicy(context, path);
    std::cout << printable(path) << ": OK, version "
              << (policy.version.empty() ? "not given" : printable(policy.version)) << ", "
              << policy.profiles.size() << " profiles, " << policy.waivers.size() << " waivers\n";
    for (const auto& [name, profile] : policy.profiles) {
        std::cout << "  " << name << (name == policy.defaultProfile ? " (default)" : "") << ": "
                  << counted(profile) << '\n';
    }
    const auto now = std::chrono::system_clock::now();
    for (const collector::Waiver& waiver : policy.waivers) {
        if (waiver.until <= now) {
            std::cout << "  waiver " << printable(waiver.name) << " ended at "
                      << wall::dateAndTime(waiver.until) << '\n';
        }
    }
    return Good;
}

} // namespace

void declarePolicy(CLI::App& app, Action& chosen)
{
    CLI::App* const policy = app.add_subcommand("policy", "Look at policy files");
    policy->require_subcommand(1);
    const auto path = std::make_shared<std::string>();
    CLI::App* const command = policy->add_subcommand("check",
        "Say whether a policy file is valid, and what is in it.\n"
        "Finds what no schema can: rules that name leaves that no node has, XPaths that can select"
        " nothing, profiles that are each other's base, waivers of rules that do not exist.");
    command->add_option("FILE", *path, "Policy file")->required();
    const auto modules = std::make_shared<std::string>();
    addModules(*command, *modules);
    command->callback(
        [path, modules, &chosen] { chosen = [path, modules] { return check(*path, *modules); }; });
}

} // namespace cli
