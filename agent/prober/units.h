// systemd units as far as they start services: systemd.unit(5), systemd.socket(5),
// systemd.service(5).
#pragma once

#include "agent/prober/probe.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// Settings by "Section.Name", in the order of the file; an empty assignment forgets the earlier
/// ones of its name.
using UnitSettings = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Adds what a unit file or drop-in says. A line that systemd reads over is left out here too.
void parseUnit(std::string_view all, UnitSettings& settings);

/// Words of a command line or of a list, without quotes and escapes.
std::vector<std::string> unitWords(std::string_view value);

/// What a unit file or drop-in says; nothing if it is masked by a device, whatever links lead there
/// (null_or_empty() of systemd), or is not there.
std::string readUnit(const Root& root, const std::string& path);

struct Unit {
    std::string name; // "ssh.socket", "telnet@.service"
    std::string path; // of the file that counts
    bool masked = false;
    bool enabled = false; // some target, or other unit, wants or requires it
    UnitSettings settings {};

    /// Last value of a setting, or nothing.
    std::string value(std::string_view setting) const;
};

class Units {
public:
    /// Every service and socket unit that has a file. One that cannot be read is a failure of
    /// `reading`, and is not among them.
    explicit Units(Reading& reading);

    const std::map<std::string, Unit>& all() const { return units_; }
    /// Also by an alias; an instance "a@b.service" is found as its template. Null if there is none.
    const Unit* find(const std::string& name) const;
    /// The service that a socket unit starts.
    const Unit* serviceOf(const Unit& socket) const;

private:
    std::map<std::string, Unit> units_;
    std::map<std::string, std::string> aliases_;
};

} // namespace agent
