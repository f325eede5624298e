// femtowatch baseline: makes a policy from golden nodes.
#include "collector/cli/command.h"
#include "collector/cli/learned.h"
#include "collector/cli/terminal.h"
#include "collector/worker/judge.h"
#include "common/fd.h"
#include "yang/extensions.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

namespace cli {

namespace {

using Json = Learned::Json;

struct Options {
    std::string base;
    std::string profile;
    std::string output;
    std::string modules;
    LearnOptions learn;
    std::vector<std::string> snapshots;
};

void warn(const std::string& path, const std::string& what)
{
    std::cerr << "femtowatch: " << oneLine(path + ": " + what) << '\n';
}

/// What a rule of the base says about the things that are about to be learned.
void warnOfViolations(
    const collector::Policy& base, const std::string& profile, const Snapshot& snapshot)
{
    static const std::set<std::string> learned
        = { "user-permissions", "running-processes", "open-ports", "software-integrity" };
    for (const collector::Result& one : collector::judge(base, profile, snapshot.top(),
             collector::CollectionFacts(), std::chrono::system_clock::now(), &learned)) {
        if (one.verdict == "violation") {
            warn(snapshot.path,
                "look at it: " + one.rule + " calls " + one.object + " a violation (" + one.severity
                    + "): " + one.observed);
        }
    }
}

/// The policy as JSON in the form that libyang prints, whatever the file looks like.
Json policyAsJson(const yang::Context& context, std::string_view text)
{
    return Json::parse(yang::Tree::parse(context, text).json());
}

Json& profileIn(Json& policy, const std::string& name)
{
    for (Json& profile : policy.at("femto-compliance-policy:compliance").at("profile")) {
        if (profile.value("name", "") == name) {
            return profile;
        }
    }
    throw collector::PolicyError("no profile " + name);
}

int learn(const Options& options)
{
    const std::filesystem::path folder = std::filesystem::path(options.output).parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder)) {
        throw std::runtime_error(options.output + ": there is no folder " + folder.string());
    }
    const yang::Context context
        = schemas::managementWith(schemas::Extensions::ofFolder(options.modules));
    const std::string text = options.base.empty()
        ? std::string(schemas::file("femto-baseline.json"))
        : readDocument(options.base, collector::Policy::MostBytes);
    const collector::Policy base = options.base.empty() ? collector::Policy::parse(context, text)
                                                        : readPolicy(context, options.base);
    const std::string profile = base.profile(options.profile).name;
    Json policy = policyAsJson(context, text);
    Learned learned(profileIn(policy, profile), options.learn);
    std::vector<Snapshot> snapshots;
    for (const std::string& path : options.snapshots) {
        snapshots.push_back(readSnapshot(context, path)); // all of them, before anything is said
    }
    for (const Snapshot& snapshot : snapshots) {
        warnOfViolations(base, profile, snapshot);
        for (const std::string& note : learned.take(snapshot.top())) {
            warn(snapshot.path, note);
        }
    }
    learned.put(profileIn(policy, profile));
    const std::string out = policyAsJson(context, policy.dump()).dump(2) + '\n';
    collector::Policy::parse(context, out); // what is written is valid
    fd::replaceFile(options.output, out, 0644);
    std::cout << printable(options.output) << ": profile " << profile << ", learned from "
              << snapshots.size() << (snapshots.size() == 1 ? " node\n" : " nodes\n");
    return Good;
}

} // namespace

void declareBaseline(CLI::App& app, Action& chosen)
{
    CLI::App* const baseline = app.add_subcommand("baseline", "Make policies from golden nodes");
    baseline->require_subcommand(1);
    const auto options = std::make_shared<Options>();
    CLI::App* const command = baseline->add_subcommand("learn",
        "Write a policy that permits what golden nodes have: users, groups, privilege grants, "
        "setuid"
        " files, programs, ports, and a manifest of their software.\n"
        "Everything that a rule of the base calls a violation is said on stderr: read it, for it is"
        " permitted from now on.");
    command->add_option("--base", options->base,
        "Policy file to add to; the shipped profile femto-baseline if not given");
    command->add_option(
        "--profile", options->profile, "Profile of it to add to; its default profile if not given");
    addModules(*command, options->modules);
    command->add_option("--output", options->output, "File to write")->required();
    command->add_option("--release", options->learn.release, "Name of the manifest")
        ->capture_default_str();
    command->add_flag("--program-hashes", options->learn.programHashes,
        "Permit programs with the digest that they have now only");
    command
        ->add_option("SNAPSHOT", options->snapshots,
            "What 'femtowatch-agent snapshot' printed on a golden node")
        ->required();
    command->callback([options, &chosen] { chosen = [options] { return learn(*options); }; });
}

} // namespace cli
