// systemd units as far as they start services: systemd.unit(5), systemd.socket(5),
// systemd.service(5).
#pragma once

#include "agent/prober/probe.h"
#include "agent/prober/unit_file.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct Unit {
    std::string name; // "ssh.socket", "telnet@.service"
    std::string path; // of the file that counts
    /// Nothing is in its file, or a device is in its place, whatever links lead there
    /// (null_or_empty() of systemd).
    bool masked = false;
    bool enabled = false; // some target, or other unit, wants or requires it
    std::vector<UnitAssignment> assignments {}; // of its file, then of its drop-ins

    /// Values of a setting, in order; an empty assignment forgets the earlier ones of its name.
    std::vector<std::string> values(std::string_view setting) const;
    /// Last value of a setting, or nothing.
    std::string value(std::string_view setting) const;
};

class Units {
public:
    enum class Kinds { ServicesAndSockets, Sockets };

    /// Every unit of these kinds that has a file. One that cannot be read is a failure of
    /// `reading`, and is not among them.
    explicit Units(Reading& reading, Kinds kinds = Kinds::ServicesAndSockets);

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
