#include "agent/prober/sources.h"
#include "agent/prober/root.h"
#include "common/digest.h"

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <vector>

namespace agent {

namespace {

/// Over names and stamps. `fresh` becomes true if one of them has just changed.
std::string digestOf(int folder, bool& fresh)
{
    fd::Fd again(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(again.get()), &::closedir);
    if (!dir) {
        fd::fail("folder");
    }
    const int at = again.release();
    const wall::Time now = std::chrono::system_clock::now();
    std::vector<std::string> lines;
    while (const dirent* entry = ::readdir(dir.get())) {
        struct stat what { };
        if (::fstatat(at, entry->d_name, &what, AT_SYMLINK_NOFOLLOW) != 0) {
            continue; // gone: its folder has changed
        }
        if (S_ISDIR(what.st_mode) && std::string_view(entry->d_name) != ".") {
            continue;
        }
        const Stamp stamp = Stamp::of(what);
        std::string line = entry->d_name;
        line += '\0';
        line.append(reinterpret_cast<const char*>(&stamp), sizeof stamp);
        lines.push_back(std::move(line));
        fresh = fresh || justChanged(what, now);
    }
    std::ranges::sort(lines);
    digest::Sha256 sum;
    for (const std::string& line : lines) {
        sum.add(line);
    }
    return sum.bytes();
}

std::string saidBy(const Root& root, const std::string& path, Sources::Kind kind)
{
    switch (kind) {
    case Sources::Kind::Text:
        return root.readIfThere(path).value_or("");
    case Sources::Kind::Names:
        return Sources::joined(root.list(path));
    case Sources::Kind::Link:
        return root.link(path).value_or("");
    case Sources::Kind::Presence:
        break;
    }
    return root.exists(path) ? "there" : "";
}

bool noneOf(const std::map<std::string, std::function<bool()>>& changes)
{
    return std::ranges::none_of(changes, [](const auto& each) { return each.second(); });
}

std::string parentOf(const std::string& path)
{
    const size_t slash = path.rfind('/');
    return slash == 0 || slash == path.npos ? "/" : path.substr(0, slash);
}

} // namespace

void Sources::file(const std::string& path, bool follow, const struct stat* what)
{
    const auto stamp = what ? std::optional(Stamp::of(*what)) : std::nullopt;
    const auto [at, first] = files_.emplace(std::pair(path, follow), stamp);
    certain_ = certain_ && (first || at->second == stamp)
        && !(what && justChanged(*what, std::chrono::system_clock::now()));
    watched_.insert(what && S_ISDIR(what->st_mode) ? path : parentOf(path));
}

void Sources::filesOf(const std::string& path, int folder)
{
    bool fresh = false;
    folders_ += path + '\0';
    foldersDigest_ = digest::sha256(foldersDigest_ + digestOf(folder, fresh));
    certain_ = certain_ && !fresh;
    if (watched_.size() < MostWatched) {
        watched_.insert(path);
    }
}

void Sources::made(const std::string& path, Kind kind, std::string_view said)
{
    const std::string digest = digest::sha256(said);
    const auto [at, first] = made_.emplace(std::pair(path, kind), digest);
    certain_ = certain_ && (first || at->second == digest);
}

std::string Sources::joined(const std::vector<std::string>& names)
{
    std::string all;
    for (const std::string& name : names) {
        all += name + '\0';
    }
    return all;
}

void Sources::other(const std::string& name, std::function<bool()> changed)
{
    others_.emplace(name, std::move(changed));
}

void Sources::otherFiles(const std::string& name, std::function<bool()> changed)
{
    otherFiles_.emplace(name, std::move(changed));
}

bool Sources::unchanged(const Root& root) const
try { // boundary: whatever cannot be looked at now is read again, and says so itself
    const Root::Recording none(root, nullptr);
    const bool files = certain_ && std::ranges::all_of(files_, [&](const auto& each) {
        const auto what = root.status(each.first.first, each.first.second);
        return (what ? std::optional(Stamp::of(*what)) : std::nullopt) == each.second;
    });
    const bool made = files && std::ranges::all_of(made_, [&](const auto& each) {
        return digest::sha256(saidBy(root, each.first.first, each.first.second)) == each.second;
    });
    return made && noneOf(otherFiles_) && sameActivity(root) && sameFolders(root);
} catch (const std::exception&) {
    return false;
}

bool Sources::sameActivity(const Root& root) const
try { // boundary: as above
    const Root::Recording none(root, nullptr);
    return certain_ && noneOf(others_);
} catch (const std::exception&) {
    return false;
}

bool Sources::sameFolders(const Root& root) const
{
    std::string digest;
    for (size_t at = 0; at < folders_.size();) {
        const std::string path = folders_.c_str() + at;
        at += path.size() + 1;
        bool fresh = false;
        digest = digest::sha256(
            digest + digestOf(root.open(path, O_DIRECTORY | O_NOFOLLOW).get(), fresh));
    }
    return digest == foldersDigest_;
}

} // namespace agent
