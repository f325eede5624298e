#include "agent/prober/sudoers.h"

#include "common/text.h"

#include <array>
#include <unistd.h>

namespace agent {

namespace {

constexpr size_t MaxDepth = 128; // MAX_SUDOERS_DEPTH of sudo
constexpr size_t MaxFiles = 2000;

class Loader {
public:
    Loader(Reading& reading, Sudoers& out)
        : reading_(reading)
        , out_(out)
        , host_(hostName(reading.root))
        , owner_(reading.root.status("/etc/passwd"))
    {
        host_ = host_.substr(0, host_.find('.'));
    }

    void file(const std::string& path, size_t depth)
    {
        if (depth > MaxDepth || ++files_ > MaxFiles) {
            reading_.failed(path, "truncated", path + ": too many includes");
            return;
        }
        const auto what = reading_.root.status(path);
        if (what && !trusted(*what, path)) {
            return;
        }
        SudoersText text;
        try { // boundary: one file
            text = parseSudoers(reading_.root.read(path));
        } catch (const std::exception& e) {
            reading_.failed(path, e);
            return;
        }
        for (const SudoError& error : text.errors) {
            reading_.failed(
                path, "parse-error", path + ":" + std::to_string(error.line) + ": " + error.why);
        }
        for (SudoEntry& entry : text.entries) {
            take(entry, path, depth);
        }
    }

private:
    void take(SudoEntry& entry, const std::string& path, size_t depth)
    {
        const std::string where = path + ":" + std::to_string(entry.line);
        if (auto* spec = std::get_if<SudoUserSpec>(&entry.what)) {
            out_.specs.push_back({ std::move(*spec), path });
        } else if (auto* setting = std::get_if<SudoDefault>(&entry.what)) {
            out_.defaults.push_back({ std::move(*setting), where });
        } else if (auto* alias = std::get_if<SudoAlias>(&entry.what)) {
            const auto key = std::pair(alias->kind, alias->name);
            if (!out_.aliases.try_emplace(key, std::move(alias->members)).second) {
                reading_.failed(path, "parse-error",
                    where + ": alias " + text::quoted(key.second) + " is already defined");
            }
        } else if (const auto* include = std::get_if<SudoInclude>(&entry.what)) {
            const std::string target = expand(include->path, path);
            if (include->folder) {
                folder(target, depth + 1);
            } else {
                file(target, depth + 1);
            }
        }
    }

    /// Relative to the folder of the file that includes; %h is the host name without domain.
    std::string expand(std::string path, const std::string& from) const
    {
        if (!path.starts_with('/')) {
            path = from.substr(0, from.rfind('/') + 1) + path;
        }
        for (size_t at = path.find("%h"); at != path.npos;
             at = path.find("%h", at + host_.size())) {
            path.replace(at, 2, host_);
        }
        return path;
    }

    /// Regular files whose names hold no '.' and do not end in '~', in the order of their bytes.
    void folder(const std::string& path, size_t depth)
    {
        const auto what = reading_.root.status(path);
        if (!what || !S_ISDIR(what->st_mode) || !trusted(*what, path)) {
            return;
        }
        std::vector<std::string> names;
        try { // boundary: one folder
            names = reading_.root.list(path);
        } catch (const std::system_error& e) {
            reading_.failed(path, e);
        }
        for (const std::string& name : names) {
            if (name.find('.') != name.npos || name.ends_with('~')) {
                continue;
            }
            const std::string each = path + "/" + name;
            const auto is = reading_.root.status(each);
            if (is && S_ISREG(is->st_mode)) {
                file(each, depth);
            }
        }
    }

    /// sudo refuses what others than root could have written. Root is who owns /etc/passwd: an
    /// image may have been unpacked by somebody else.
    bool trusted(const struct stat& what, const std::string& path)
    {
        const char* why = (what.st_mode & S_IWOTH) != 0 ? "writable by everybody"
            : owner_ && what.st_uid != owner_->st_uid   ? "not owned by root"
            : owner_ && (what.st_mode & S_IWGRP) != 0 && what.st_gid != owner_->st_gid
            ? "writable by a group"
            : nullptr;
        if (why) {
            reading_.failed(path, "parse-error", path + ": sudo refuses it, it is " + why);
        }
        return !why;
    }

    Reading& reading_;
    Sudoers& out_;
    std::string host_;
    std::optional<struct stat> owner_;
    size_t files_ = 0;
};

} // namespace

Sudoers readSudoers(Reading& reading, const std::string& path)
{
    Sudoers out;
    if (reading.root.exists(path)) {
        Loader(reading, out).file(path, 0);
    }
    return out;
}

std::string hostName(const Root& root)
{
    std::array<char, 256> name {};
    if (root.live() && ::gethostname(name.data(), name.size() - 1) == 0) {
        return name.data();
    }
    const std::string all = root.readIfThere("/etc/hostname").value_or("");
    for (const std::string_view line : text::lines(all)) {
        const std::string_view word = text::trim(line);
        if (!word.empty() && word.front() != '#') {
            return std::string(word);
        }
    }
    return "";
}

} // namespace agent
