// femtowatch check: judges snapshots offline.
#include "collector/cli/command.h"
#include "collector/cli/documents.h"
#include "collector/cli/terminal.h"
#include "collector/worker/judge.h"
#include "yang/extensions.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

namespace cli {

namespace {

using collector::Result;

struct Options {
    std::string policy;
    std::string profile;
    std::string format = "table";
    std::string modules;
    std::vector<std::string> snapshots;
};

struct Judged {
    std::string node;
    std::string verdict;
    std::vector<Result> results;
};

bool needsAttention(const Result& result)
{
    return result.verdict == "violation" || result.verdict == "indeterminate";
}

/// Violations by severity, then what is waived, then what is indeterminate.
std::vector<const Result*> worstFirst(const std::vector<Result>& results)
{
    std::vector<const Result*> out;
    for (const Result& one : results) {
        if (needsAttention(one)) {
            out.push_back(&one);
        }
    }
    std::ranges::stable_sort(out, {}, [](const Result* one) {
        const bool decided = one->verdict == "violation";
        return std::tuple(!decided, !one->waivedUntil.empty(),
            -static_cast<int>(collector::severity(one->severity)));
    });
    return out;
}

std::string summary(const Judged& judged)
{
    std::map<std::string, size_t> counts;
    for (const Result& one : judged.results) {
        ++counts[one.waivedUntil.empty() ? one.verdict : "waived"];
    }
    std::string out;
    for (const char* what :
        { "violation", "waived", "indeterminate", "compliant", "not-applicable" }) {
        if (const auto found = counts.find(what); found != counts.end()) {
            out += (out.empty() ? "" : ", ") + std::to_string(found->second) + " " + what;
        }
    }
    return printable(judged.node) + ": " + judged.verdict + " (" + out + ")\n";
}

std::string verdictCell(const Result& one)
{
    return one.waivedUntil.empty() ? one.verdict : "waived until " + one.waivedUntil.substr(0, 10);
}

/// The rules of which nothing at all can be said, by the reason: often that of a whole category.
std::map<std::string, std::vector<std::string>> undecidedRules(const std::vector<Result>& results)
{
    std::map<std::string, std::vector<std::string>> out;
    for (const Result& one : results) {
        if (one.verdict == "indeterminate" && one.object.empty()) {
            out[one.reason].push_back(one.rule);
        }
    }
    return out;
}

std::string list(const std::vector<std::string>& words)
{
    std::string out;
    for (const std::string& word : words) {
        out += (out.empty() ? "" : ", ") + word;
    }
    return out;
}

std::string found(const std::vector<Result>& results, size_t width)
{
    Table rows({ "VERDICT", "SEVERITY", "RULE", "OBJECT", "OBSERVED", "EXPECTED" });
    for (const Result* one : worstFirst(results)) {
        if (one->verdict == "violation" || !one->object.empty()) {
            rows.add({ verdictCell(*one), one->severity, one->rule, one->object,
                one->reason.empty() ? one->observed : one->reason, one->expected });
        }
    }
    return rows.empty() ? "" : '\n' + rows.text(width, 1);
}

std::string table(const Judged& judged)
{
    const size_t width = terminalWidth();
    std::string out = summary(judged) + found(judged.results, width);
    Table undecided({ "INDETERMINATE BECAUSE", "RULES" });
    for (const auto& [reason, rules] : undecidedRules(judged.results)) {
        undecided.add({ reason, list(rules) });
    }
    std::map<std::string, std::string> remedies;
    for (const Result& one : judged.results) {
        if (one.verdict == "violation" && one.waivedUntil.empty() && !one.remediation.empty()) {
            remedies[one.rule] = one.remediation;
        }
    }
    Table todo({ "RULE", "WHAT TO DO" });
    for (const auto& [rule, remedy] : remedies) {
        todo.add({ rule, remedy });
    }
    for (const Table* more : { &undecided, &todo }) {
        out += more->empty() ? "" : '\n' + more->text(width);
    }
    return out;
}

nlohmann::json json(const std::vector<Judged>& all)
{
    nlohmann::json out = nlohmann::json::array();
    for (const Judged& one : all) {
        out.push_back(
            { { "node", one.node }, { "verdict", one.verdict }, { "results", one.results } });
    }
    return out;
}

/// The worst of all nodes.
int exitCode(const std::vector<Judged>& all)
{
    int code = Good;
    for (const Judged& one : all) {
        if (one.verdict == "violation") {
            return Violated;
        }
        if (one.verdict == "indeterminate") {
            code = Undecided;
        }
    }
    return code;
}

int check(const Options& options)
{
    const yang::Context context
        = schemas::managementWith(schemas::Extensions::ofFolder(options.modules));
    const collector::Policy policy = options.policy.empty()
        ? collector::Policy::parse(context, schemas::file("femto-baseline.json"))
        : readPolicy(context, options.policy);
    policy.profile(options.profile); // known before the first snapshot is read
    std::vector<Judged> all;
    for (const std::string& path : options.snapshots) {
        const Snapshot snapshot = readSnapshot(context, path);
        collector::CollectionFacts facts;
        facts.node = snapshot.node;
        std::vector<Result> results = collector::judge(
            policy, options.profile, snapshot.top(), facts, std::chrono::system_clock::now());
        const std::string verdict = collector::nodeVerdict(results);
        all.push_back({ snapshot.node, verdict, std::move(results) });
    }
    if (options.format == "json") {
        std::cout << json(all).dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  << '\n';
    } else {
        for (const Judged& one : all) {
            std::cout << (&one == &all.front() ? "" : "\n") << table(one);
        }
    }
    return exitCode(all);
}

} // namespace

void declareCheck(CLI::App& app, Action& chosen)
{
    const auto options = std::make_shared<Options>();
    CLI::App* const command = app.add_subcommand("check",
        "Judge snapshots of nodes offline.\n"
        "Exits 0 if everything is compliant or not applicable, 1 if something is a violation, 3 if"
        " nothing is but something is indeterminate. A violation that a waiver of the policy covers"
        " is listed with the end of the waiver and does not count.");
    command->add_option("--policy", options->policy,
        "Policy file; the shipped profile femto-baseline if not given");
    command->add_option(
        "--profile", options->profile, "Profile of the policy; its default profile if not given");
    addFormat(*command, options->format);
    addModules(*command, options->modules);
    command->add_option("SNAPSHOT", options->snapshots, "What 'femtowatch-agent snapshot' printed")
        ->required();
    command->callback([options, &chosen] { chosen = [options] { return check(*options); }; });
}

} // namespace cli
