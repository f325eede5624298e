#include "agent/prober/units.h"

#include "common/text.h"

#include <algorithm>
#include <sys/stat.h>

namespace agent {

namespace {

// By precedence: systemd.unit(5), "Unit File Load Path".
constexpr const char* Folders[] = { "/etc/systemd/system", "/run/systemd/system",
    "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system", "/run/systemd/generator.late" };

bool isUnitName(std::string_view name)
{
    return name.ends_with(".service") || name.ends_with(".socket");
}

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

} // namespace

std::vector<std::string> unitWords(std::string_view value)
{
    std::vector<std::string> words;
    std::string word;
    bool any = false;
    char quote = '\0';
    for (size_t i = 0; i <= value.size(); ++i) {
        const char c = i < value.size() ? value[i] : ' ';
        if (quote != '\0' && c == quote && i < value.size()) {
            quote = '\0';
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
            any = true;
        } else if (c == '\\' && i + 1 < value.size()) {
            word += value[++i];
            any = true;
        } else if (quote == '\0' && (c == ' ' || c == '\t')) {
            if (any) {
                words.push_back(std::move(word));
            }
            word.clear();
            any = false;
        } else if (i < value.size()) {
            word += c;
            any = true;
        }
    }
    if (any) {
        words.push_back(std::move(word));
    }
    return words;
}

void parseUnit(std::string_view all, UnitSettings& settings)
{
    std::string section;
    std::string line;
    bool continued = false;
    if (all.starts_with("\xef\xbb\xbf")) { // config_parse() of systemd skips it
        all.remove_prefix(3);
    }
    for (std::string_view piece : text::fields(all, '\n')) {
        piece = text::trim(piece);
        if (piece.starts_with('#') || piece.starts_with(';')) {
            continue; // also between the lines of a continued one
        }
        line += piece;
        continued = line.ends_with('\\');
        if (continued) {
            line.back() = ' ';
            continue;
        }
        const std::string_view whole = text::trim(line);
        const size_t equals = whole.find('=');
        if (whole.starts_with('[') && whole.ends_with(']')) {
            section = whole.substr(1, whole.size() - 2);
        } else if (equals != whole.npos) {
            const std::string name
                = section + "." + std::string(text::trim(whole.substr(0, equals)));
            const std::string_view value = text::trim(whole.substr(equals + 1));
            if (value.empty()) {
                settings.erase(name);
            } else {
                settings[name].emplace_back(value);
            }
        }
        line.clear();
    }
}

std::string readUnit(const Root& root, const std::string& path)
{
    const auto what = root.status(path);
    if (what && (S_ISCHR(what->st_mode) || S_ISBLK(what->st_mode))) {
        return "";
    }
    return root.readIfThere(path).value_or("");
}

std::string Unit::value(std::string_view setting) const
{
    const auto found = settings.find(setting);
    return found == settings.end() ? "" : found->second.back();
}

Units::Units(Reading& reading)
{
    const Root& root = reading.root;
    std::map<std::string, std::map<std::string, std::string>> dropIns; // by unit and file name
    std::set<std::string> wanted;
    for (const char* folder : Folders) {
        for (const std::string& name : root.list(folder)) {
            const std::string path = std::string(folder) + "/" + name;
            if (name.ends_with(".wants") || name.ends_with(".requires")) {
                for (const std::string& each : root.list(path)) {
                    wanted.insert(each);
                    // A link to nowhere, or to /dev/null, starts nothing.
                    wanted.insert(baseName(root.link(path + "/" + each).value_or(each)));
                }
            } else if (name.ends_with(".d")) {
                for (const std::string& file : root.list(path)) {
                    if (file.ends_with(".conf")) {
                        dropIns[name.substr(0, name.size() - 2)].emplace(file, path + "/" + file);
                    }
                }
            } else if (isUnitName(name) && !units_.contains(name) && !aliases_.contains(name)) {
                const auto target = root.link(path);
                const std::string real = target ? baseName(*target) : name;
                if (target && target != "/dev/null" && real != name && isUnitName(real)) {
                    aliases_.emplace(name, real);
                    continue;
                }
                try { // boundary: one unit
                    Unit unit { name, path };
                    const std::string all = readUnit(root, path);
                    unit.masked = all.empty();
                    parseUnit(all, unit.settings);
                    units_.emplace(name, std::move(unit));
                } catch (const std::exception& e) {
                    reading.failed(path, e);
                }
            }
        }
    }
    for (auto& [name, unit] : units_) {
        for (const auto& [file, path] : dropIns[name]) {
            try { // boundary: one drop-in
                parseUnit(readUnit(root, path), unit.settings);
            } catch (const std::exception& e) {
                reading.failed(path, e);
            }
        }
    }
    for (const std::string& name : wanted) {
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
