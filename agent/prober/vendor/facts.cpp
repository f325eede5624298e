#include "agent/prober/vendor/facts.h"
#include "agent/messages.h"
#include "agent/prober/sources.h"
#include "agent/prober/vendor/json_outline.h"
#include "agent/prober/vendor/merge.h"
#include "common/clock.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

using std::chrono::seconds;

constexpr seconds Tolerance { 1 }; // between the clocks of a file system and of the system

wall::Time writtenAt(const struct stat& what)
{
    return wall::Time(std::chrono::duration_cast<wall::Time::duration>(
        seconds(what.st_mtim.tv_sec) + std::chrono::nanoseconds(what.st_mtim.tv_nsec)));
}

/// Why a file is not fresh; nothing if it is. The same text as long as it is so.
std::optional<std::string> outdated(
    const struct stat& what, const FactFile& file, seconds staleAfter)
{
    const wall::Time written = writtenAt(what);
    const auto age = std::chrono::system_clock::now() - written;
    const std::string when = "was written at " + wall::dateAndTime(written);
    if (age < -Tolerance) {
        return when + ", which is in the future";
    }
    const seconds most = file.maxAge.value_or(staleAfter);
    if (age > most) {
        return when + ", longer ago than "
            + (file.maxAge ? "its max-age of " : "stale-after of the category, ")
            + std::to_string(most.count()) + " s";
    }
    return std::nullopt;
}

std::vector<std::string> categories(const yang::Context& context)
{
    return context.derivedFrom("femto-security-types", "security-category");
}

} // namespace

Facts::Facts(const Root& root, const yang::Context& context, const Vendor& vendor, Tell tell)
    : root_(root)
    , context_(context)
    , folder_(vendor.facts)
    , mappings_(root, context, vendor.mappings)
    , tell_(std::move(tell))
{
}

Facts::Entry Facts::read(
    const trusted::Folder& folder, const std::string& name, const struct stat& status) const
{
    const std::string path = folder.pathOf(name);
    Entry entry { status };
    const wall::Time now = std::chrono::system_clock::now();
    std::string text;
    try { // boundary: a file of the vendor's software
        trusted::Folder::File file = folder.read(name, MostBytes);
        entry.status = file.status;
        text = std::move(file.text);
        entry.file = parseFacts(context_, text);
    } catch (const std::exception& e) {
        entry.failure = failureOf(path, e);
        // Of which categories it is can be told only if it was read to its end.
        const JsonOutline outline = outlineOf(text);
        const std::vector<std::string> known = categories(context_);
        if (!outline.error && std::ranges::all_of(outline.categories, [&](const auto& one) {
                return std::ranges::find(known, one) != known.end();
            })) {
            entry.about = outline.categories;
        }
    }
    entry.settled = !justChanged(entry.status, now);
    return entry;
}

void Facts::refresh()
{
    failure_.reset();
    std::map<std::string, Entry> next;
    try { // boundary: the folder
        const auto folder = trusted::Folder::open(root_.top(), folder_);
        for (const std::string& name :
            folder ? folder->names(".json", MostFiles) : std::vector<std::string>()) {
            const auto status = folder->status(name);
            const auto former = entries_.find(name);
            if (status && former != entries_.end() && former->second.settled
                && Stamp::of(*status) == Stamp::of(former->second.status)) {
                next.insert(entries_.extract(former));
            } else if (status) {
                next.emplace(name, read(*folder, name, *status));
            }
        }
    } catch (const std::exception& e) {
        failure_ = failureOf(folder_, e);
    }
    entries_ = std::move(next);
    std::erase_if(told_, [this](const auto& each) { return !entries_.contains(each.first.first); });
}

void Facts::judge(const std::string& name, const Entry& entry, const std::string& category,
    const char* outcome, const std::string& why)
{
    if (!tell_) {
        return;
    }
    const timespec& written = entry.status.st_mtim;
    std::string nanoseconds = std::to_string(written.tv_nsec);
    nanoseconds.insert(0, 9 - std::min<size_t>(nanoseconds.size(), 9), '0');
    std::vector<std::string> fields { name,
        std::to_string(entry.status.st_ino) + ":" + std::to_string(written.tv_sec) + "."
            + nanoseconds,
        category, outcome, why };
    std::vector<std::string>& before = told_[{ name, category }];
    if (before != fields) {
        before = fields;
        tell_({ static_cast<uint16_t>(Message::FactsJudged), std::move(fields), {} });
    }
}

/// Other as soon as a file has come, gone or changed, or has become too old.
std::string Facts::signature(seconds staleAfter) const
try { // boundary: the folder
    std::string out;
    const auto folder = trusted::Folder::open(root_.top(), folder_);
    for (const std::string& name :
        folder ? folder->names(".json", MostFiles) : std::vector<std::string>()) {
        const auto status = folder->status(name);
        const auto known = entries_.find(name);
        const std::optional<Stamp> stamp
            = status ? std::optional(Stamp::of(*status)) : std::nullopt;
        out += name + '/';
        out.append(stamp ? reinterpret_cast<const char*>(&*stamp) : "", stamp ? sizeof *stamp : 0);
        if (stamp && known != entries_.end() && *stamp == Stamp::of(known->second.status)
            && outdated(*status, known->second.file, staleAfter)) {
            out += " outdated";
        }
        out += '\n';
    }
    return out;
} catch (const std::exception& e) {
    return e.what();
}

bool Facts::addTo(yang::Node content, const std::string& category, seconds staleAfter,
    std::vector<Reading::Failure>& failures)
{
    bool added = mappings_.addTo(content, category, failures);
    refresh();
    if (Sources* const sources = root_.sources()) {
        sources->watch(folder_);
        sources->otherFiles("facts", [this, staleAfter, now = signature(staleAfter)] {
            return signature(staleAfter) != now;
        });
        if (!std::ranges::all_of(entries_, [](const auto& each) { return each.second.settled; })) {
            sources->uncertain();
        }
    }
    if (failure_) {
        failures.push_back(*failure_);
    }
    for (const auto& [name, entry] : entries_) {
        const std::string path = folder_ + "/" + name;
        if (entry.failure) {
            if (entry.about.empty() || entry.about.contains(category)) {
                failures.push_back(*entry.failure);
                judge(name, entry, category, "refused", entry.failure->error);
            }
            continue;
        }
        const auto facts = entry.file.categories.contains(category) ? entry.file.content(category)
                                                                    : std::nullopt;
        if (!facts) {
            continue;
        }
        if (const auto why = outdated(entry.status, entry.file, staleAfter)) {
            failures.push_back({ path, "outdated", path + ": " + *why });
            judge(name, entry, category, "refused", *why);
            continue;
        }
        added = true;
        const auto conflicts = mergeFacts(context_, content, *facts, path);
        for (const std::string& conflict : conflicts) {
            failures.push_back({ path, "conflict", path + ": " + conflict });
        }
        judge(name, entry, category, conflicts.empty() ? "accepted" : "conflict",
            conflicts.empty() ? "" : conflicts.front());
    }
    return added;
}

} // namespace agent
