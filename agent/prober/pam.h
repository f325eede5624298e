// PAM configuration as libpam reads it: pam.conf(5), pam.d(5), with Debian's @include.
// Linux-PAM 1.5.2, libpam/pam_handlers.c and pam_misc.c.
#pragma once

#include "agent/prober/probe.h"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// What a module returns (security/_pam_types.h), where it matters here.
enum PamReturn : int {
    PamSuccess = 0,
    PamServiceErr = 3,
    PamPermDenied = 6,
    PamAuthErr = 7,
    PamUserUnknown = 10,
    PamAuthtokErr = 20,
    PamIgnore = 25,
    PamModuleUnknown = 28,
    PamReturns = 32, // how many there are
};

/// What a rule does upon a return value; a positive number jumps over so many rules.
enum PamAction : int {
    PamActIgnore = 0,
    PamActOk = -1,
    PamActDone = -2,
    PamActBad = -3,
    PamActDie = -4,
    PamActReset = -5,
};

enum class PamType { Auth, Account, Session, Password };

struct PamRule {
    enum class Kind { Module, MustFail, Substack };
    Kind kind = Kind::Module;
    PamType type = PamType::Auth;
    int level = 0; // of substacks
    std::array<int, PamReturns> actions {};
    std::string module; // file name without folder and ".so": "pam_unix"
    bool missing = false; // its file is not on the system
    std::vector<std::string> arguments;
    std::string where; // file:line

    bool has(std::string_view argument) const;
    /// What stands behind the last argument that starts with `name` and '='.
    std::optional<std::string> value(std::string_view name) const;
};

using PamStack = std::vector<PamRule>;

struct PamService {
    std::string name;
    bool own = false; // it has a file, or lines in pam.conf: not all comes from "other"
    PamStack rules;
    PamStack other;
    /// Files that a rule includes and that are not there: libpam then refuses everybody who comes
    /// through this service.
    std::vector<std::string> missing;

    /// The rules of one type: its own ones, and those of "other" only if it has none.
    PamStack stack(PamType type) const;
};

/// Text of a file; nothing if there is none.
using PamFiles = std::function<std::optional<std::string>(const std::string& path)>;

/// Adds the rules of a text in the format of pam.d(5). Throws ParseError for what libpam cannot
/// read either.
void parsePam(std::string_view text, const std::string& path, const PamFiles& files, PamStack& out,
    std::vector<std::string>& missing);
/// The same for pam.conf(5): the lines of one service, or of "other".
void parsePamConf(std::string_view text, const std::string& path, const PamFiles& files,
    const std::string& service, PamStack& out, std::vector<std::string>& missing);

/// A service as pam_start(3) would load it; nothing if the system has no PAM configuration at all.
std::optional<PamService> readPam(const Root& root, const std::string& service);

/// Runs a stack: `module` says what each rule that is reached returns. Gives the status of the
/// whole (pam_dispatch.c).
int runPam(const PamStack& stack, const std::function<int(const PamRule&)>& module);

} // namespace agent
