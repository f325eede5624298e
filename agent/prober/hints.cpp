#include "agent/prober/hints.h"
#include "agent/prober/activity_counters.h"
#include "agent/prober/activity_signature.h"
#include "common/text.h"

#include <algorithm>
#include <utility>

namespace agent {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds ListenersEvery { 200 }; // at how many there are
constexpr int LooksAtEach = 10; // of them one at which they are
constexpr milliseconds FileSettles { 20 }; // an editor writes, renames and sets modes
constexpr milliseconds ServerSettles { 50 }; // until a program listens
constexpr milliseconds SameProgram { 1000 };
constexpr size_t MostLately = 256;
constexpr const char* Programs = "running-processes";

} // namespace

Hints::Hints(loop::Loop& loop, const Root& root, Events* events, Hear hear)
    : loop_(loop)
    , root_(root)
    , events_(events)
    , hear_(std::move(hear))
{
    if (events_) {
        events_->listen({
            .program = [this](uint32_t pid) { program(pid); },
            .folder = [this](const std::string& path) { folder(path); },
            .foldersMoved = [this] { watchFolders(); },
            .mounts = [this] { mounts(); },
            .programsLost = [this] { overflow(true); },
            .foldersLost = [this] { overflow(false); },
        });
        believeCounters(events_->ofProcesses());
    }
}

Hints::~Hints()
{
    loop_.cancel(look_);
}

bool Hints::follow(const std::string& category, const Sources& sources)
{
    Followed& one = followed_[category];
    one.processes = sources.knows("processes");
    one.sockets = sources.knows("sockets");
    const bool other = std::exchange(one.folders, sources.folders()) != one.folders;
    watchFolders();
    if (one.sockets && root_.live() && look_ == 0) {
        listenerCount_ = socketCounters();
        listeners_ = listenerSignature();
        lookLater();
    }
    return other && events_;
}

void Hints::forget(const std::string& category)
{
    followed_.erase(category);
    watchFolders();
}

void Hints::watchFolders()
{
    std::set<std::string> all;
    for (const auto& [category, one] : followed_) {
        all.insert(one.folders.begin(), one.folders.end());
    }
    if (events_) {
        events_->watch(root_, all);
    }
    for (auto& [category, one] : followed_) {
        one.heard = events_ && std::ranges::all_of(one.folders, [this](const std::string& folder) {
            return events_->hears(folder);
        });
    }
}

bool Hints::hears(const std::string& category) const
{
    const auto found = followed_.find(category);
    return found != followed_.end() && found->second.heard;
}

/// Other files may be where files were read, and other namespaces be kept.
void Hints::mounts()
{
    for (const auto& [category, one] : followed_) {
        hear_.due(category, FileSettles);
    }
}

void Hints::program(uint32_t pid)
{
    execChanged();
    if (!followed_.contains(Programs) || !root_.live()) {
        return;
    }
    const Root::Recording none(root_, nullptr);
    std::optional<std::string> executable;
    try { // boundary: a process that may be gone
        executable = root_.link("/proc/" + std::to_string(pid) + "/exe");
    } catch (const std::exception&) {
        executable.reset();
    }
    if (!executable) {
        ++missed_[Programs];
        return;
    }
    if (programs_.contains(text::carried(*executable)) || !first(*executable)) {
        return; // the next beat counts it
    }
    forgetSignatures();
    hear_.due(Programs, {});
    for (const auto& [category, one] : followed_) {
        if (one.sockets && !one.processes) { // others would be read anew for each program
            hear_.due(category, ServerSettles);
        }
    }
}

/// Whether this is the first start of a program for a while: one that comes and goes all the time
/// must not use up what others may take.
bool Hints::first(const std::string& executable)
{
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(lately_, [now](const auto& each) { return now - each.second >= SameProgram; });
    return lately_.size() < MostLately && lately_.emplace(executable, now).second;
}

void Hints::folder(const std::string& folder)
{
    for (const auto& [category, one] : followed_) {
        if (one.folders.contains(folder)) {
            hear_.due(category, FileSettles);
        }
    }
}

void Hints::overflow(bool ofPrograms)
{
    forgetSignatures();
    for (const auto& [category, one] : followed_) {
        if (ofPrograms ? one.processes : !one.folders.empty()) {
            ++missed_[category];
            hear_.lost(category);
        }
    }
}

/// At whole steps, as beats are.
void Hints::lookLater()
{
    const auto now = std::chrono::steady_clock::now();
    look_ = loop_.at(now - now.time_since_epoch() % ListenersEvery + ListenersEvery,
        [this] { lookAtListeners(); });
}

void Hints::lookAtListeners()
{
    const bool followed
        = std::ranges::any_of(followed_, [](const auto& each) { return each.second.sockets; });
    look_ = 0;
    if (followed) {
        lookLater();
    }
    std::string count = socketCounters();
    if (!count.empty() && count == listenerCount_ && ++looks_ < LooksAtEach) {
        return;
    }
    looks_ = 0;
    listenerCount_ = std::move(count);
    std::string now = listenerSignature();
    for (const auto& [category, one] : followed_) {
        if (one.sockets && now != listeners_) {
            forgetSignatures();
            hear_.due(category, {});
        }
    }
    listeners_ = std::move(now);
}

uint64_t Hints::missed(const std::string& category) const
{
    const auto found = missed_.find(category);
    return found == missed_.end() ? 0 : found->second;
}

} // namespace agent
