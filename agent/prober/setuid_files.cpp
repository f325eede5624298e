#include "agent/prober/setuid_files.h"

#include "agent/prober/capabilities.h"
#include "common/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
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
constexpr size_t MaxFolders = 200'000;
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

class Walk {
public:
    explicit Walk(Reading& reading)
        : reading_(reading)
    {
        auto starts = reading.settings.include;
        if (starts.empty()) {
            starts.assign(std::begin(DefaultFolders), std::end(DefaultFolders));
        }
        std::ranges::reverse(starts); // the last of `left_` is taken first
        for (const std::string& start : starts) {
            // A link named by the operator is followed, one of ours leads into /usr.
            const bool named = !reading.settings.include.empty();
            const auto what = reading.root.status(start, named);
            if (what && S_ISDIR(what->st_mode)) {
                left_.push_back({ start, what->st_dev, true });
            } else if (what && S_ISREG(what->st_mode)) {
                reading_.failed(start, "source-missing", start + " is no folder");
            } else if (!what && named) {
                reading_.failed(start, "source-missing", "no " + start);
            }
        }
    }

    std::vector<SetuidFile> run()
    {
        while (!left_.empty()) {
            const Folder folder = std::move(left_.back());
            left_.pop_back();
            try { // boundary: one folder of many
                enter(folder);
            } catch (const Absent&) { // gone since its parent was read
            } catch (const std::system_error& e) {
                if (failures_++ < MaxFailures) {
                    reading_.failed(text::carried(folder.path), e);
                }
            }
        }
        std::ranges::sort(found_, {}, &SetuidFile::path);
        return std::move(found_);
    }

private:
    void enter(const Folder& folder)
    {
        const int flags = O_DIRECTORY | (folder.start ? 0 : O_NOFOLLOW);
        fd::Fd fd = reading_.root.open(folder.path, flags);
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
            if (reading_.root.live() && (system.f_flags & ST_NOSUID) != 0) {
                return;
            }
        }
        if (!seen_.insert({ what.st_dev, what.st_ino }).second) {
            return;
        }
        if (seen_.size() > MaxFolders) {
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
                left_.push_back({ prefix + entry->d_name, device, false });
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
            left_.push_back({ prefix + name, device, false });
        }
        constexpr mode_t Execute = S_IXUSR | S_IXGRP | S_IXOTH;
        if (!S_ISREG(what.st_mode) || (what.st_mode & Execute) == 0) {
            return; // no bit or capability gives anything to a file that cannot be executed
        }
        std::array<char, 64> value; // the largest version has 24 bytes
        const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + name;
        const ssize_t size
            = ::lgetxattr(path.c_str(), "security.capability", value.data(), value.size());
        std::vector<std::string> capabilities;
        if (size > 0) {
            capabilities = fileCapabilities({ value.data(), static_cast<size_t>(size) })
                               .value_or(std::vector<std::string> {});
        }
        // Without group execute the setgid bit asks for mandatory locking (chmod(2), Linux < 5.15).
        const bool setgid = (what.st_mode & S_ISGID) != 0 && (what.st_mode & S_IXGRP) != 0;
        if ((what.st_mode & S_ISUID) != 0 || setgid || !capabilities.empty()) {
            found_.push_back({ prefix + name, what, std::move(capabilities) });
        }
    }

    bool isExcluded(const std::string& prefix, std::string_view name) const
    {
        return std::ranges::any_of(reading_.settings.exclude, [&](const std::string& excluded) {
            return excluded.size() == prefix.size() + name.size() && excluded.starts_with(prefix)
                && excluded.ends_with(name);
        });
    }

    Reading& reading_;
    std::vector<Folder> left_;
    std::set<std::pair<dev_t, ino_t>> seen_;
    std::vector<SetuidFile> found_;
    size_t failures_ = 0;
};

} // namespace

std::vector<SetuidFile> setuidFiles(Reading& reading)
{
    return Walk(reading).run();
}

} // namespace agent
