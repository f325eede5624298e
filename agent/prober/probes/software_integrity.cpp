// Digests of what can be executed, of boot images and of whatever folders the operator names;
// versions of packages by dpkg and opkg; secure boot by the variables of UEFI (UEFI specification,
// 3.3 and 32.3) and of shim.
#include "agent/prober/capabilities.h"
#include "agent/prober/file_walk.h"
#include "agent/prober/hash_cache.h"
#include "agent/prober/installed_packages.h"
#include "agent/prober/probe.h"
#include "common/text.h"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <sys/xattr.h>
#include <system_error>
#include <unistd.h>

namespace agent {

namespace {

const std::string Type = "femto-security-types:";

// Everything below these...
constexpr const char* Folders[] = { "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/libexec",
    "/usr/local/bin", "/usr/local/sbin", "/usr/lib/systemd", "/lib/systemd", "/etc/init.d", "/boot",
    "/etc/ld.so.preload" };
// ... and of these what can be executed or loaded into a program or the kernel.
constexpr const char* Libraries[]
    = { "/usr/lib", "/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/opt" };

bool executable(const FoundFile& file)
{
    if (S_ISREG(file.what.st_mode) && (file.what.st_mode & 0111) != 0) {
        return true;
    }
    const std::string_view name = file.name;
    const size_t so = name.rfind(".so");
    const bool library = so != name.npos
        && (name.size() == so + 3 || name.find_first_not_of("0123456789.", so + 3) == name.npos);
    return library || name.find(".ko") != name.npos;
}

std::string modeOf(const struct stat& what)
{
    std::string digits;
    for (const int shift : { 9, 6, 3, 0 }) {
        digits += static_cast<char>('0' + (what.st_mode >> shift & 7));
    }
    return digits;
}

const char* stateName(Measured::State state)
{
    switch (state) {
    case Measured::State::Measured:
        return "measured";
    case Measured::State::ChangedDuringRead:
        return "changed-during-read";
    case Measured::State::Unreadable:
        return "unreadable";
    case Measured::State::TooLarge:
        return "too-large";
    case Measured::State::Pending:
        break;
    }
    return "pending";
}

class Software {
public:
    explicit Software(Reading& reading)
        : reading_(reading)
        , walk_(
              reading.root, reading.settings.exclude,
              [this](const FoundFile& file) { return add(file); },
              [this](const std::string& path, const std::exception& error) {
                  reading_.failed(path, error);
              })
    {
    }

    /// Whether there was anything.
    bool files()
    {
        for (const std::string& prefix : reading_.settings.include) {
            if (prefix.starts_with('/')) {
                walk_.walk(prefix);
            }
        }
        if (reading_.settings.include.empty()) {
            for (const char* folder : Folders) {
                walk_.walk(folder);
            }
            onlyExecutable_ = true;
            for (const char* folder : Libraries) {
                walk_.walk(folder);
            }
        }
        return count_ > 0;
    }

    /// Unless the operator's list names files only.
    bool packages()
    {
        const auto& include = reading_.settings.include;
        const auto wanted = [](const std::string& prefix) { return !prefix.starts_with('/'); };
        if (!include.empty() && std::ranges::none_of(include, wanted)) {
            return false;
        }
        const size_t before = count_;
        for (const Package& package : installedPackages(reading_.root)) {
            const auto covers
                = [&](const std::string& prefix) { return package.name.starts_with(prefix); };
            if (count_ <= reading_.settings.maxEntries
                && (include.empty() || std::ranges::any_of(include, covers))
                && std::ranges::none_of(reading_.settings.exclude, covers)) {
                const yang::Node out = entry(package.name, "package");
                out.leaf("version", text::carried(package.version));
            }
        }
        return count_ > before;
    }

private:
    yang::Node entry(const std::string& name, const char* kind)
    {
        ++count_;
        const yang::Node out = reading_.out.entry("component", text::carried(name));
        out.leaf("kind", Type + kind);
        return out;
    }

    /// One more than the limit, so that the cut is seen and said.
    bool add(const FoundFile& file)
    {
        reading_.breathe();
        if (onlyExecutable_ && !executable(file)) {
            return true;
        }
        const mode_t type = file.what.st_mode & S_IFMT;
        const yang::Node out = entry(file.path,
            type == S_IFREG       ? file.path.starts_with("/boot/") ? "boot-image" : "file"
                : type == S_IFLNK ? "symlink"
                                  : "special");
        if (type == S_IFREG) {
            addContent(file, out);
            out.leaf("size", static_cast<uint64_t>(file.what.st_size));
        } else if (type == S_IFLNK) {
            addTarget(file, out);
        }
        if (type != S_IFLNK) {
            out.leaf("mode", modeOf(file.what));
        }
        out.leaf(
            "owner", std::to_string(file.what.st_uid) + ":" + std::to_string(file.what.st_gid));
        return count_ <= reading_.settings.maxEntries
            && !(reading_.unfinished && reading_.wholeOnly);
    }

    void addMeasured(const Measured& measured, yang::Node out)
    {
        reading_.unfinished = reading_.unfinished || measured.state == Measured::State::Pending;
        if (measured.state == Measured::State::Measured) {
            out.leaf("algorithm", Type + "sha-256");
            out.leaf("measured-hash", measured.hash);
            out.leaf("measured-at", wall::dateAndTime(measured.at));
        }
        out.leaf("state", stateName(measured.state));
    }

    /// What a link says, and the content of the file that it leads to, wherever that is: it can be
    /// changed there.
    void addTarget(const FoundFile& file, yang::Node out)
    {
        std::string target(4096, '\0');
        const ssize_t n = ::readlinkat(file.folder, file.name, target.data(), target.size());
        if (n >= 0) {
            target.resize(static_cast<size_t>(n));
            out.leaf("link-target", text::carried(target));
        }
        const auto what = statusBehind(file);
        if (!what || !S_ISREG(what->st_mode)) {
            return;
        }
        std::optional<Measured> measured = reading_.hashes.remembered(*what);
        if (!measured) {
            try {
                measured = reading_.hashes.measure(reading_.root.open(file.path).get());
            } catch (const std::exception&) {
                measured = Measured {}; // unreadable
            }
        }
        addMeasured(*measured, out);
    }

    std::optional<struct stat> statusBehind(const FoundFile& file) const
    {
        struct stat what { };
        if (reading_.root.live()) { // one system call instead of three
            return ::fstatat(file.folder, file.name, &what, 0) == 0 ? std::optional(what)
                                                                    : std::nullopt;
        }
        return reading_.root.status(file.path);
    }

    void addContent(const FoundFile& file, yang::Node out)
    {
        std::optional<Measured> measured = reading_.hashes.remembered(file.what);
        const bool mayHaveCapabilities = (file.what.st_mode & 0111) != 0;
        if (!measured || mayHaveCapabilities) {
            const fd::Fd content(
                ::openat(file.folder, file.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (!measured) {
                measured = content ? reading_.hashes.measure(content.get()) : Measured {};
            }
            if (content && mayHaveCapabilities) {
                addCapabilities(content.get(), out);
            }
        }
        addMeasured(*measured, out);
    }

    static void addCapabilities(int file, yang::Node out)
    {
        char value[64]; // struct vfs_ns_cap_data has 24 bytes
        const ssize_t n = ::fgetxattr(file, "security.capability", value, sizeof value);
        if (n <= 0) {
            return;
        }
        auto capabilities = fileCapabilities({ value, static_cast<size_t>(n) });
        if (capabilities) {
            std::ranges::sort(*capabilities);
            for (const std::string& capability : *capabilities) {
                out.leaf("capability", capability);
            }
        }
    }

    Reading& reading_;
    FileWalk walk_;
    bool onlyExecutable_ = false;
    size_t count_ = 0;
};

/// Value of a one-byte UEFI variable: four bytes of attributes stand before it (efivarfs).
std::optional<int> firmwareVariable(const Root& root, const std::string& name)
{
    const std::string path = "/sys/firmware/efi/efivars/" + name;
    const auto all = root.readIfThere(path);
    if (!all) {
        return std::nullopt;
    }
    if (all->size() != 5) {
        throw ParseError(path + ": not five bytes: " + text::hex(all->substr(0, 32)));
    }
    return static_cast<unsigned char>((*all)[4]);
}

std::string secureBoot(const Root& root)
{
    const auto state = firmwareVariable(root, "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
    if (!state) {
        return "unknown";
    }
    if (*state == 0) {
        return "off";
    }
    // Shim boots anything if its own validation is turned off (mokutil --disable-validation).
    const auto shim = firmwareVariable(root, "MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23");
    return shim == 1 ? "permissive" : "enforced";
}

/// "BOOT_IMAGE=" of the boot loader, and the release of the kernel that runs.
std::string bootedImage(const Root& root)
{
    const std::string line = root.readIfThere("/proc/cmdline").value_or("");
    std::string image;
    for (const std::string_view word : text::words(text::trim(line))) {
        if (word.starts_with("BOOT_IMAGE=")) {
            image = word.substr(11);
        }
    }
    const std::string version = root.readIfThere("/proc/sys/kernel/osrelease").value_or("");
    const std::string release(text::trim(version));
    return image + (image.empty() || release.empty() ? "" : " ") + release;
}

} // namespace

void readSoftwareIntegrity(Reading& reading)
{
    Software software(reading);
    bool any = software.files();
    if (reading.unfinished && reading.wholeOnly) {
        return;
    }
    try {
        any = software.packages() || any;
    } catch (const std::exception& e) {
        reading.failed("packages", e);
        any = true;
    }
    if (!any) {
        throw Absent("no software where it is looked for");
    }
    try {
        reading.out.leaf("secure-boot", secureBoot(reading.root));
    } catch (const std::exception& e) {
        reading.out.leaf("secure-boot", "unknown");
        reading.failed("secure-boot", e);
    }
    try {
        if (const std::string image = bootedImage(reading.root); !image.empty()) {
            reading.out.leaf("booted-image", text::carried(image));
        }
    } catch (const std::exception& e) {
        reading.failed("booted-image", e);
    }
}

} // namespace agent
