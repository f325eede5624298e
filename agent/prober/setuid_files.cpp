#include "agent/prober/setuid_files.h"

#include "agent/prober/capabilities.h"
#include "agent/prober/sources.h"
#include "common/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <map>
#include <memory>
#include <set>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

namespace agent {

namespace {

// /bin and /lib before /usr: where they are links into /usr, the link itself is not followed.
constexpr const char* DefaultFolders[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr",
    "/opt", "/etc", "/home", "/root", "/srv", "/tmp", "/var" };
constexpr size_t MaxFolders = 500'000;
/// Of one run of the first pass, so that others have their turn: it takes several runs at once in a
/// large system, and less than one in a small one.
constexpr std::chrono::milliseconds Budget { 250 };
/// The same of later passes: a femto's few thousand files are done in one run or two.
constexpr std::chrono::milliseconds LaterBudget { 20 };
constexpr std::chrono::seconds LaterApart { 10 };
constexpr size_t MaxFailures = 20; // more of them say nothing new

/// File systems that hold no programs, or could keep us waiting for a server.
bool isOtherKind(long type)
{
    constexpr long Others[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, DEVPTS_SUPER_MAGIC,
        CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, TRACEFS_MAGIC, DEBUGFS_MAGIC, SECURITYFS_MAGIC,
        BPF_FS_MAGIC, EFIVARFS_MAGIC, PSTOREFS_MAGIC, BINFMTFS_MAGIC, AUTOFS_SUPER_MAGIC,
        NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC, CIFS_SUPER_MAGIC, CEPH_SUPER_MAGIC,
        AFS_SUPER_MAGIC, FUSE_SUPER_MAGIC };
    return std::ranges::find(Others, type) != std::end(Others);
}

struct Folder {
    std::string path;
    dev_t parentDevice;
    bool start;
};

/// A pass over all folders, gone on with from run to run, and what the pass before it found.
struct Pass {
    std::vector<std::string> settings; // includes and excludes that it is for
    std::pair<dev_t, ino_t> root;
    std::vector<Folder> left;
    std::set<std::pair<dev_t, ino_t>> seen;
    std::map<std::string, SetuidFile> found;
    std::vector<Reading::Failure> failures;
    std::map<std::string, SetuidFile> foundBefore;
    std::vector<Reading::Failure> failuresBefore;
    bool doneBefore = false;
    std::string told; // what the last reading was given, as one text
    std::chrono::steady_clock::time_point further {}; // when it may go on without being read
};

std::vector<std::string> capabilitiesOf(const char* value, ssize_t size)
{
    return size <= 0 ? std::vector<std::string> {}
                     : fileCapabilities({ value, static_cast<size_t>(size) })
                           .value_or(std::vector<std::string> {});
}

bool givesPrivilege(const struct stat& what, const std::vector<std::string>& capabilities)
{
    constexpr mode_t Execute = S_IXUSR | S_IXGRP | S_IXOTH;
    if (!S_ISREG(what.st_mode) || (what.st_mode & Execute) == 0) {
        return false; // no bit or capability gives anything to a file that cannot be executed
    }
    // Without group execute the setgid bit asks for mandatory locking (chmod(2), Linux < 5.15).
    const bool setgid = (what.st_mode & S_ISGID) != 0 && (what.st_mode & S_IXGRP) != 0;
    return (what.st_mode & S_ISUID) != 0 || setgid || !capabilities.empty();
}

class Walk {
public:
    Walk(const Root& root, const Settings& settings, Pass& pass)
        : root_(root)
        , settings_(settings)
        , pass_(pass)
    {
        if (pass_.left.empty()) {
            begin();
        }
    }

    void run(std::chrono::milliseconds budget)
    {
        const auto end = std::chrono::steady_clock::now() + budget;
        while (!pass_.left.empty() && std::chrono::steady_clock::now() < end) {
            const Folder folder = std::move(pass_.left.back());
            pass_.left.pop_back();
            try { // boundary: one folder of many
                enter(folder);
            } catch (const Absent&) { // gone since its parent was read
            } catch (const std::system_error& e) {
                failed(text::carried(folder.path), reasonOf(e), e.what());
            }
        }
        if (pass_.left.empty()) {
            pass_.foundBefore = std::move(pass_.found);
            pass_.failuresBefore = std::move(pass_.failures);
            pass_.found.clear();
            pass_.failures.clear();
            pass_.seen.clear();
            pass_.doneBefore = true;
        } else if (pass_.doneBefore) {
            lookAgain();
        }
    }

    const std::vector<Reading::Failure>& failures() const
    {
        return pass_.doneBefore ? pass_.failuresBefore : pass_.failures;
    }

    std::vector<SetuidFile> all() const
    {
        std::map<std::string, SetuidFile> merged = pass_.foundBefore;
        for (const auto& [path, file] : pass_.found) {
            merged.insert_or_assign(path, file);
        }
        std::vector<SetuidFile> out;
        out.reserve(merged.size());
        for (auto& [path, file] : merged) {
            out.push_back(std::move(file));
        }
        return out;
    }

    /// What all() and failures() say, as one text.
    std::string text() const
    {
        std::string out;
        for (const SetuidFile& file : all()) {
            const Stamp stamp = Stamp::of(file.what);
            out += file.path + '\0';
            out.append(reinterpret_cast<const char*>(&stamp), sizeof stamp);
            for (const std::string& capability : file.capabilities) {
                out += capability + '\0';
            }
        }
        for (const Reading::Failure& failure : failures()) {
            out += failure.source + '\0' + failure.error + '\0';
        }
        return out;
    }

private:
    void begin()
    {
        auto starts = settings_.include;
        if (starts.empty()) {
            starts.assign(std::begin(DefaultFolders), std::end(DefaultFolders));
        }
        std::ranges::reverse(starts); // the last of `left` is taken first
        for (const std::string& start : starts) {
            // A link named by the operator is followed, one of ours leads into /usr.
            const bool named = !settings_.include.empty();
            const auto what = root_.status(start, named);
            if (what && S_ISDIR(what->st_mode)) {
                pass_.left.push_back({ start, what->st_dev, true });
            } else if (what && S_ISREG(what->st_mode)) {
                failed(start, "source-missing", start + " is no folder");
            } else if (!what && named) {
                failed(start, "source-missing", "no " + start);
            }
        }
    }

    void failed(const std::string& source, const std::string& reason, const std::string& error)
    {
        if (pass_.failures.size() < MaxFailures) {
            pass_.failures.push_back({ source, reason, error });
        }
    }

    /// What was found before and is not reached yet in this pass: as it is now.
    void lookAgain()
    {
        for (auto at = pass_.foundBefore.begin(); at != pass_.foundBefore.end();) {
            at = stillThere(at->second) ? std::next(at) : pass_.foundBefore.erase(at);
        }
    }

    bool stillThere(SetuidFile& file) const
    {
        try { // boundary: one file
            const fd::Fd fd = root_.open(file.path, O_NOFOLLOW);
            std::array<char, 64> value;
            const ssize_t size
                = ::fgetxattr(fd.get(), "security.capability", value.data(), value.size());
            file.capabilities = capabilitiesOf(value.data(), size);
            return ::fstat(fd.get(), &file.what) == 0
                && givesPrivilege(file.what, file.capabilities);
        } catch (const Absent&) {
            return false;
        } catch (const std::system_error& e) {
            return e.code().value() != ELOOP; // a link now
        }
    }

    void enter(const Folder& folder)
    {
        const int flags = O_DIRECTORY | (folder.start ? 0 : O_NOFOLLOW);
        fd::Fd fd = root_.open(folder.path, flags);
        struct stat what { };
        if (::fstat(fd.get(), &what) != 0) {
            fd::fail(folder.path);
        }
        if (what.st_dev != folder.parentDevice || folder.start) {
            struct statfs system { };
            if (::fstatfs(fd.get(), &system) != 0 || isOtherKind(system.f_type)) {
                return;
            }
            // There the kernel ignores the bits. Of an image it is not known how it is mounted.
            if (root_.live() && (system.f_flags & ST_NOSUID) != 0) {
                return;
            }
        }
        if (!pass_.seen.insert({ what.st_dev, what.st_ino }).second) {
            return;
        }
        if (pass_.seen.size() > MaxFolders) {
            throw std::length_error(
                "more than " + std::to_string(MaxFolders) + " folders to look for setuid files in");
        }
        read(folder.path, std::move(fd), what.st_dev);
    }

    void read(const std::string& path, fd::Fd fd, dev_t device)
    {
        const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(fd.get()), &::closedir);
        if (!dir) {
            fd::fail(path);
        }
        const int at = fd.release();
        const std::string prefix = path == "/" ? path : path + "/";
        while (const dirent* entry = ::readdir(dir.get())) {
            const std::string_view name = entry->d_name;
            if (name == "." || name == ".." || isExcluded(prefix, name)) {
                continue;
            }
            if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN) {
                look(prefix, at, entry->d_name, device);
            } else if (entry->d_type == DT_DIR) {
                pass_.left.push_back({ prefix + entry->d_name, device, false });
            }
        }
    }

    void look(const std::string& prefix, int folder, const char* name, dev_t device)
    {
        struct stat what { };
        if (::fstatat(folder, name, &what, AT_SYMLINK_NOFOLLOW) != 0) {
            return; // gone
        }
        if (S_ISDIR(what.st_mode)) {
            pass_.left.push_back({ prefix + name, device, false });
        }
        if (!S_ISREG(what.st_mode) || (what.st_mode & 0111) == 0) {
            return;
        }
        std::array<char, 64> value; // the largest version has 24 bytes
        const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + name;
        const ssize_t size
            = ::lgetxattr(path.c_str(), "security.capability", value.data(), value.size());
        std::vector<std::string> capabilities = capabilitiesOf(value.data(), size);
        if (givesPrivilege(what, capabilities)) {
            pass_.found.insert_or_assign(
                prefix + name, SetuidFile { prefix + name, what, std::move(capabilities) });
        }
    }

    bool isExcluded(const std::string& prefix, std::string_view name) const
    {
        return std::ranges::any_of(settings_.exclude, [&](const std::string& excluded) {
            return excluded.size() == prefix.size() + name.size() && excluded.starts_with(prefix)
                && excluded.ends_with(name);
        });
    }

    const Root& root_;
    const Settings& settings_;
    Pass& pass_;
};

} // namespace

std::vector<SetuidFile> setuidFiles(Reading& reading)
{
    // The prober is one process with one root: where it stands is kept here between runs. Another
    // root or other settings begin anew.
    static Pass pass;
    const Root& root = reading.root;
    Sources* const sources = root.sources();
    const Root::Recording none(root, nullptr); // the walk goes on by itself, see below
    std::vector<std::string> settings = reading.settings.include;
    settings.emplace_back();
    settings.insert(
        settings.end(), reading.settings.exclude.begin(), reading.settings.exclude.end());
    const auto top = root.status("/");
    const std::pair here(top ? top->st_dev : 0, top ? top->st_ino : 0);
    if (pass.settings != settings || pass.root != here) {
        pass = {};
        pass.settings = std::move(settings);
        pass.root = here;
    }
    Walk walk(root, reading.settings, pass);
    walk.run(pass.doneBefore ? LaterBudget : Budget);
    reading.unfinished = reading.unfinished || !pass.doneBefore;
    for (const Reading::Failure& failure : walk.failures()) {
        reading.failures.push_back(failure);
    }
    pass.told = walk.text();
    if (sources) {
        sources->other("setuid files", [&root, own = reading.settings] {
            const auto now = std::chrono::steady_clock::now();
            if (now < pass.further) {
                return false;
            }
            pass.further = now + LaterApart;
            Walk further(root, own, pass);
            further.run(LaterBudget);
            return further.text() != pass.told;
        });
    }
    return walk.all();
}

} // namespace agent
