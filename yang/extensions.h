// YANG modules that are not built in: those of a node's vendor (modules.d/*.yang), and those that
// an operator gives to the collector. Each defines categories: an identity derived from
// security-category, and a container of the same name with state data. A module that does anything
// else, or that is broken, is left out and said to be so; the others are used.
#pragma once

#include "yang/schemas.h"

#include <optional>
#include <string>
#include <vector>

namespace schemas {

class Extensions {
public:
    struct Module {
        std::string file; // path
        std::string name; // of the file, without @revision and suffix: that of the module
        std::string text;
        bool submodule = false;
        std::string error; // why it is left out: begins with file and line; empty if it is used
    };

    Extensions() = default;
    /// Modules of a folder below that which `top` is open on, as far as nobody but root can have
    /// written them (common/trusted.h). No such folder is none.
    static Extensions ofVendor(int top, const std::string& folder);
    /// Modules of a folder, whoever may write it; none if it is "". Throws std::system_error if it
    /// cannot be read.
    static Extensions ofFolder(const std::string& folder);

    const std::vector<Module>& modules() const { return modules_; }
    /// Why the folder could not be looked at; empty if it could.
    const std::string& error() const { return error_; }
    /// Throws yang::Error with the first error there is.
    void mustBeGood() const;

    /// Says in the log what is wrong, one line each.
    void report() const;
    /// Into the list extension-module of a node's status.
    void describe(yang::Node status) const;
    /// The context that `make` makes, with these modules implemented in it. Those that libyang
    /// refuses get an error and are not in it.
    yang::Context in(yang::Context (*make)());

private:
    bool addTo(yang::Context& context);

    std::vector<Module> modules_;
    std::string error_;
};

/// management() with an operator's modules. Throws yang::Error for the first that is not good.
yang::Context managementWith(Extensions extensions);

} // namespace schemas
