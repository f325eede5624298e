#include "agent/prober/scripts.h"

#include <algorithm>
#include <string_view>

namespace agent {

namespace {

/// How an interpreter reads its options, by its manual page.
struct Interpreter {
    std::string_view name; // what the name of the executable starts with: a version may follow
    std::string_view inlineProgram; // options after which no script comes
    std::string_view withArgument; // options whose argument is a word of its own
    std::string_view script; // options whose argument is the script
    std::string_view longWithArgument[3]; // the same of long options
    std::string_view longInline[3];
};

constexpr Interpreter Interpreters[] = {
    { "bash", "cs", "oO", "", { "--rcfile", "--init-file" }, {} },
    { "dash", "cs", "o", "", {}, {} },
    { "sh", "cs", "o", "", {}, {} },
    { "ash", "cs", "o", "", {}, {} },
    { "ksh", "cs", "oT", "", {}, {} },
    { "mksh", "cs", "oT", "", {}, {} },
    { "zsh", "cs", "o", "", { "--emulate" }, {} },
    { "python", "c", "WX", "", { "--check-hash-based-pycs" }, {} },
    { "pypy", "c", "WX", "", {}, {} },
    { "perl", "eE", "I", "", {}, {} },
    { "ruby", "e", "rICE", "", {}, {} },
    { "node", "ep", "rC", "", { "--require", "--import", "--conditions" },
        { "--eval", "--print" } },
    { "php", "rRBE", "cdzStn", "fF", {}, { "--run" } },
    { "lua", "", "el", "", {}, {} },
    { "luajit", "", "elbj", "", {}, {} },
    { "tclsh", "", "", "", {}, {} },
    { "expect", "c", "", "fb", {}, {} },
    { "gawk", "e", "vFil", "fE", {}, { "--source" } },
    { "mawk", "", "vF", "f", {}, {} },
};

const std::string StandardInput = "-";

constexpr std::string_view BusyboxShells[] = { "sh", "ash", "hush" };

std::string_view fileName(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

bool versionOf(std::string_view name, std::string_view interpreter)
{
    return name.starts_with(interpreter)
        && name.find_first_not_of("0123456789.-", interpreter.size()) == name.npos;
}

const Interpreter* interpreterOf(std::string_view name)
{
    const auto found = std::ranges::find_if(
        Interpreters, [&](const Interpreter& one) { return versionOf(name, one.name); });
    return found == std::end(Interpreters) ? nullptr : found;
}

enum class Next { Option, SkipArgument, Script, Program };

/// What follows a cluster of short options such as -eu; `rest` is what is left behind one that
/// takes an argument. The letter of an option that is followed by a program is put into `program`.
Next shortOptions(
    const Interpreter& how, std::string_view letters, std::string_view& rest, std::string& program)
{
    const bool python = how.name == "python" || how.name == "pypy";
    for (size_t i = 0; i < letters.size(); ++i) {
        rest = letters.substr(i + 1);
        if (how.inlineProgram.find(letters[i]) != how.inlineProgram.npos) {
            program = std::string("-") + letters[i];
            return Next::Program;
        }
        if ((python && letters[i] == 'm') || how.script.find(letters[i]) != how.script.npos) {
            return Next::Script;
        }
        if (how.withArgument.find(letters[i]) != how.withArgument.npos) {
            return rest.empty() ? Next::SkipArgument : Next::Option;
        }
    }
    return Next::Option;
}

Next option(
    const Interpreter& how, std::string_view word, std::string_view& rest, std::string& program)
{
    if (!word.starts_with("--")) {
        return shortOptions(how, word.substr(1), rest, program);
    }
    const std::string_view name = word.substr(0, word.find('='));
    if (std::ranges::find(how.longInline, name) != std::end(how.longInline)) {
        program = name;
        return Next::Program;
    }
    const bool separate
        = std::ranges::find(how.longWithArgument, word) != std::end(how.longWithArgument);
    return separate ? Next::SkipArgument : Next::Option;
}

} // namespace

std::optional<std::string> scriptOf(
    const std::string& executable, const std::vector<std::string>& arguments)
{
    std::string_view name = fileName(executable);
    size_t i = 1;
    if (name == "busybox" && !arguments.empty()) {
        name = fileName(arguments[0]);
        if (name == "busybox" && arguments.size() > 1) {
            name = arguments[i++];
        }
        if (std::ranges::find(BusyboxShells, name) == std::end(BusyboxShells)) {
            return std::nullopt;
        }
        name = "ash";
    }
    const Interpreter* how = interpreterOf(name);
    if (!how) {
        return std::nullopt;
    }
    for (; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        const bool dashed = word.starts_with('-') || (word.starts_with('+') && how->name != "node");
        if (!dashed) {
            // Awk's first word is its program.
            return how->name.ends_with("awk") ? "-e" : word.empty() ? StandardInput : word;
        }
        if (word == "-") {
            break;
        }
        if (word == "--") {
            return i + 1 < arguments.size() ? arguments[i + 1] : StandardInput;
        }
        std::string_view rest;
        std::string program;
        switch (option(*how, word, rest, program)) {
        case Next::Program:
            return program;
        case Next::SkipArgument:
            ++i;
            break;
        case Next::Script: {
            const std::string argument = !rest.empty() ? std::string(rest)
                : i + 1 < arguments.size()             ? arguments[i + 1]
                                                       : "";
            const bool module = how->name == "python" || how->name == "pypy";
            return module ? "-m " + argument : argument;
        }
        case Next::Option:
            break;
        }
    }
    return StandardInput;
}

} // namespace agent
