#include "agent/prober/units.h"

#include "common/text.h"

#include <optional>
#include <set>
#include <sys/stat.h>

namespace agent {

namespace {

// By precedence: systemd.unit(5), "Unit File Load Path".
constexpr const char* Folders[] = { "/etc/systemd/system", "/run/systemd/system",
    "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system", "/run/systemd/generator.late" };

/// "a@.service" for "a@b.service", itself for others.
std::string templateOf(const std::string& name)
{
    const size_t at = name.find('@');
    return at == name.npos ? name : name.substr(0, at + 1) + name.substr(name.rfind('.'));
}

std::string baseName(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1));
}

/// What the folders say by names and links alone, of the first folder that has a name.
class UnitNames {
public:
    UnitNames(const Root& root, Units::Kinds kinds)
        : root_(root)
        , services_(kinds == Units::Kinds::ServicesAndSockets)
    {
        for (const std::string folder : Folders) {
            for (const std::string& name : root.list(folder)) {
                add(name, folder + "/" + name);
            }
        }
    }

    std::map<std::string, std::string> files; // path by unit
    std::map<std::string, std::string> aliases; // unit by alias
    std::map<std::string, std::map<std::string, std::string>> dropIns; // path by unit and file name
    std::set<std::string> wanted; // by another unit

private:
    bool isUnit(std::string_view name) const
    {
        return name.ends_with(".socket") || (services_ && name.ends_with(".service"));
    }

    void add(const std::string& name, const std::string& path)
    {
        if (name.ends_with(".wants") || name.ends_with(".requires")) {
            addWanted(path);
        } else if (name.ends_with(".d")) {
            addDropIns(name.substr(0, name.size() - 2), path);
        } else if (isUnit(name) && !files.contains(name) && !aliases.contains(name)) {
            const std::string real = baseName(root_.link(path).value_or(name));
            if (real != name && isUnit(real)) {
                aliases.emplace(name, real);
            } else {
                files.emplace(name, path);
            }
        }
    }

    void addWanted(const std::string& folder)
    {
        for (const std::string& name : root_.list(folder)) {
            if (isUnit(name)) {
                wanted.insert(name);
                // A link to nowhere, or to /dev/null, starts nothing.
                wanted.insert(baseName(root_.link(folder + "/" + name).value_or(name)));
            }
        }
    }

    void addDropIns(const std::string& unit, const std::string& folder)
    {
        if (!isUnit(unit)) {
            return;
        }
        for (const std::string& file : root_.list(folder)) {
            if (file.ends_with(".conf")) {
                dropIns[unit].emplace(file, folder + "/" + file);
            }
        }
    }

    const Root& root_;
    bool services_;
};

/// What a unit file or drop-in says; nothing if it is masked by a device, or is not there.
std::string readUnit(const Root& root, const std::string& path)
{
    const auto what = root.status(path);
    if (what && (S_ISCHR(what->st_mode) || S_ISBLK(what->st_mode))) {
        return "";
    }
    return root.readIfThere(path).value_or("");
}

std::optional<Unit> unitAt(Reading& reading, const std::string& name, const std::string& path)
try { // boundary: one unit
    const std::string all = readUnit(reading.root, path);
    return Unit { name, path, all.empty(), false, parseUnit(all) };
} catch (const std::exception& e) {
    reading.failed(path, e);
    return std::nullopt;
}

void addDropIn(Reading& reading, const std::string& path, Unit& unit)
try { // boundary: one drop-in
    for (UnitAssignment& assignment : parseUnit(readUnit(reading.root, path))) {
        unit.assignments.push_back(std::move(assignment));
    }
} catch (const std::exception& e) {
    reading.failed(path, e);
}

} // namespace

std::vector<std::string> Unit::values(std::string_view setting) const
{
    std::vector<std::string> out;
    for (const UnitAssignment& one : assignments) {
        if (one.name == setting && one.value.empty()) {
            out.clear();
        } else if (one.name == setting) {
            out.push_back(one.value);
        }
    }
    return out;
}

std::string Unit::value(std::string_view setting) const
{
    const auto all = values(setting);
    return all.empty() ? "" : all.back();
}

Units::Units(Reading& reading, Kinds kinds)
{
    UnitNames names(reading.root, kinds);
    aliases_ = std::move(names.aliases);
    for (const auto& [name, path] : names.files) {
        if (auto unit = unitAt(reading, name, path)) {
            units_.emplace(name, std::move(*unit));
        }
    }
    for (auto& [name, unit] : units_) {
        for (const auto& [file, path] : names.dropIns[name]) {
            addDropIn(reading, path, unit);
        }
    }
    for (const std::string& name : names.wanted) {
        const auto alias = aliases_.find(name);
        const auto found = units_.find(templateOf(alias == aliases_.end() ? name : alias->second));
        if (found != units_.end() && !found->second.masked) {
            found->second.enabled = true;
        }
    }
}

const Unit* Units::find(const std::string& name) const
{
    const auto alias = aliases_.find(name);
    const std::string& real = alias == aliases_.end() ? name : alias->second;
    auto found = units_.find(real);
    if (found == units_.end()) {
        found = units_.find(templateOf(real));
    }
    return found == units_.end() ? nullptr : &found->second;
}

const Unit* Units::serviceOf(const Unit& socket) const
{
    if (const std::string named = socket.value("Socket.Service"); !named.empty()) {
        return find(named);
    }
    const std::string stem = socket.name.substr(0, socket.name.rfind('.'));
    const std::string accept = text::lower(socket.value("Socket.Accept"));
    const bool each = accept == "yes" || accept == "true" || accept == "1" || accept == "on";
    return find(stem + (each ? "@.service" : ".service"));
}

} // namespace agent
