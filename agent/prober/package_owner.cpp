#include "agent/prober/package_owner.h"
#include "common/text.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>

namespace agent {

namespace {

constexpr const char* Folders[]
    = { "/var/lib/dpkg/info", "/usr/lib/opkg/info", "/var/lib/opkg/info" };
constexpr size_t MaxRemembered = 10'000;
constexpr std::string_view Suffix = ".list";

/// Moves whenever a package comes or goes: dpkg replaces files in this folder by rename.
using Stamp = std::vector<std::tuple<dev_t, ino_t, time_t, long>>;

Stamp stampOf(const Root& root)
{
    Stamp stamp;
    for (const char* folder : Folders) {
        if (const auto what = root.status(folder)) {
            stamp.emplace_back(
                what->st_dev, what->st_ino, what->st_ctim.tv_sec, what->st_ctim.tv_nsec);
        }
    }
    return stamp;
}

/// "libc6:amd64.list" is of libc6.
std::string packageOf(std::string_view list)
{
    list.remove_suffix(Suffix.size());
    return std::string(list.substr(0, list.find(':')));
}

/// A line is a path, in opkg with a tab and more behind it.
bool lists(std::string_view all, std::string_view path)
{
    for (size_t at = all.find(path); at != all.npos; at = all.find(path, at + 1)) {
        const size_t end = at + path.size();
        if ((at == 0 || all[at - 1] == '\n')
            && (end == all.size() || all[end] == '\n' || all[end] == '\t')) {
            return true;
        }
    }
    return false;
}

/// Packages list /bin/sh although /bin is a link to /usr/bin, and the kernel says /usr/bin/sh.
std::string withoutUsr(const std::string& path)
{
    for (const std::string_view folder : { "/usr/bin/", "/usr/sbin/", "/usr/lib" }) {
        if (path.starts_with(folder)) {
            return path.substr(4);
        }
    }
    return path;
}

/// No programs lie there, as a rule, but most of what packages list does.
bool isData(std::string_view path)
{
    return path.starts_with("/usr/share/") || path.starts_with("/usr/include/")
        || path.starts_with("/usr/src/");
}

/// Short hashes of all listed paths that are no data: a program of no package, which is what an
/// intruder brings, is not searched for in the lists of some hundred others.
class Listed {
public:
    void add(std::string_view all)
    {
        for (std::string_view line : text::lines(all)) {
            line = line.substr(0, line.find('\t'));
            if (!isData(line)) {
                hashes_.push_back(hashOf(line));
            }
        }
    }

    void finish()
    {
        std::ranges::sort(hashes_);
        hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
        hashes_.shrink_to_fit();
        complete_ = true;
    }

    bool mayHold(const std::string& path) const
    {
        return !complete_ || isData(path) || std::ranges::binary_search(hashes_, hashOf(path))
            || std::ranges::binary_search(hashes_, hashOf(withoutUsr(path)));
    }

    bool complete() const { return complete_; }

private:
    static uint32_t hashOf(std::string_view path)
    {
        return static_cast<uint32_t>(std::hash<std::string_view>()(path));
    }

    std::vector<uint32_t> hashes_;
    bool complete_ = false;
};

/// Fills in the packages. Lists that cannot be read are failures if a path remains that none of the
/// others has: then false.
bool search(Reading& reading, std::map<std::string, std::string>& wanted, Listed& listed)
{
    const Root& root = reading.root;
    const Root::Recording none(root, nullptr); // their folders tell when one of them changes
    Listed seen;
    std::map<std::string, std::exception_ptr> unread;
    for (const char* folder : Folders) {
        for (const std::string& name : root.list(folder)) {
            if (!name.ends_with(Suffix)) {
                continue;
            }
            const std::string file = std::string(folder) + "/" + name;
            std::optional<std::string> all;
            try { // boundary: one package
                all = root.readIfThere(file);
            } catch (const std::exception&) {
                unread.emplace(file, std::current_exception());
            }
            if (all && !listed.complete()) {
                seen.add(*all);
            }
            for (auto& [path, package] : wanted) {
                if (package.empty() && all
                    && (lists(*all, path) || lists(*all, withoutUsr(path)))) {
                    package = packageOf(name);
                }
            }
        }
    }
    if (unread.empty() && !listed.complete()) {
        seen.finish();
        listed = std::move(seen);
    }
    if (std::ranges::none_of(wanted, [](const auto& each) { return each.second.empty(); })) {
        return true;
    }
    for (const auto& [file, error] : unread) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            reading.failed(file, e);
        }
    }
    return unread.empty();
}

} // namespace

std::vector<std::string> packageOwners(Reading& reading, const std::vector<std::string>& paths)
{
    static Stamp known;
    static std::map<std::string, std::string> owners;
    static Listed listed;
    if (const Stamp now = stampOf(reading.root); now != known || owners.size() > MaxRemembered) {
        known = now;
        owners.clear();
        listed = {};
    }
    std::map<std::string, std::string> wanted;
    for (const std::string& path : paths) {
        if (!owners.contains(path) && listed.mayHold(path)) {
            wanted.emplace(path, "");
        }
    }
    // What could not be found out now is looked for again.
    const bool sure = wanted.empty() || known.empty() || search(reading, wanted, listed);
    std::vector<std::string> out;
    out.reserve(paths.size());
    for (const std::string& path : paths) {
        const auto fresh = wanted.find(path);
        const auto former = owners.find(path);
        out.push_back(fresh != wanted.end() ? fresh->second
                : former != owners.end()    ? former->second
                                            : "");
    }
    std::erase_if(wanted, [sure](const auto& each) { return !sure && each.second.empty(); });
    owners.merge(wanted);
    return out;
}

} // namespace agent
