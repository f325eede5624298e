// Command lines of SSH servers.
#include "agent/prober/ssh_daemons.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr std::string_view SshdWithValue = "CEbcfghkopu"; // getopt string of sshd.c
constexpr std::string_view DropbearWithValue = "bcdDrpPGWKITA2";

/// Calls `take` for each option of a command line as getopt(3) cuts it: bundled letters, a value
/// behind its letter or in the next argument.
template <typename Take>
void options(
    const std::vector<std::string>& arguments, std::string_view withValue, const Take& take)
{
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word.size() < 2 || word[0] != '-' || word == "--") {
            return;
        }
        for (size_t at = 1; at < word.size(); ++at) {
            const char letter = word[at];
            if (withValue.find(letter) == withValue.npos) {
                take(letter, std::string());
                continue;
            }
            std::string value = word.substr(at + 1);
            if (value.empty() && i + 1 < arguments.size()) {
                value = arguments[++i];
            }
            take(letter, value);
            break;
        }
    }
}

} // namespace

std::optional<std::vector<std::string>> sshdArguments(const std::vector<std::string>& arguments)
{
    constexpr std::string_view Title = "sshd: ";
    if (arguments.empty()) {
        return std::nullopt;
    }
    if (!arguments[0].starts_with(Title)) {
        return std::vector(arguments.begin() + 1, arguments.end());
    }
    // setproctitle() has joined the arguments by blanks; a value of -o may have had some.
    const size_t end = arguments[0].find(" [listener]");
    if (end == std::string::npos) {
        return std::nullopt; // a session: "sshd: operator [priv]"
    }
    std::vector<std::string> words;
    for (const std::string_view word :
        text::words(std::string_view(arguments[0]).substr(Title.size(), end - Title.size()))) {
        const bool more
            = words.size() > 2 && words[words.size() - 2] == "-o" && !word.starts_with('-');
        if (more) {
            words.back() += " " + std::string(word);
        } else {
            words.emplace_back(word);
        }
    }
    if (!words.empty()) {
        words.erase(words.begin());
    }
    return words;
}

SshdCommand sshdCommand(const std::vector<std::string>& arguments)
{
    SshdCommand command;
    options(arguments, SshdWithValue, [&](char letter, const std::string& value) {
        switch (letter) {
        case 'f':
            command.config = value.starts_with('/') ? value : "/" + value;
            break;
        case 'o':
            command.options.push_back(value);
            break;
        case 'p':
            command.options.push_back("Port=" + value);
            break;
        case 'g':
            command.options.push_back("LoginGraceTime=" + value);
            break;
        case 'i':
            command.inetd = true;
            break;
        case 't':
        case 'T':
        case 'G':
        case 'R':
            command.test = true;
            break;
        default:
            break;
        }
    });
    return command;
}

Dropbear dropbearOptions(const std::vector<std::string>& arguments)
{
    Dropbear dropbear;
    options(arguments, DropbearWithValue, [&](char letter, const std::string& value) {
        const auto number = text::number<uint32_t>(value);
        switch (letter) {
        case 'w':
            dropbear.rootLogin = false;
            break;
        case 'g':
            dropbear.rootPassword = false;
            break;
        case 's':
            dropbear.password = false;
            break;
        case 'G':
            dropbear.group = value;
            break;
        case 'B':
            dropbear.blankPassword = true;
            break;
        case 't':
            dropbear.keyToo = true;
            break;
        case 'T':
            dropbear.maxAuthTries = number.value_or(dropbear.maxAuthTries);
            break;
        case 'I':
            dropbear.idleTimeout = number.value_or(0);
            break;
        case 'p': {
            const std::string_view port = std::string_view(value).substr(value.rfind(':') + 1);
            if (const auto parsed = text::number<uint16_t>(port)) {
                dropbear.ports.push_back(*parsed);
            }
            break;
        }
        default:
            break;
        }
    });
    if (dropbear.ports.empty()) {
        dropbear.ports.push_back(22);
    }
    return dropbear;
}

std::vector<std::string> defaultsWords(
    const std::string& text, const std::string& name, const std::string& path, std::string& where)
{
    std::vector<std::string> words;
    size_t number = 0;
    for (const std::string_view raw : text::allLines(text)) {
        ++number;
        std::string_view line = text::trim(raw);
        if (!line.starts_with(name + "=")) {
            continue;
        }
        std::string value(line.substr(name.size() + 1));
        std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
        words.clear(); // the last assignment counts
        for (const std::string_view word : text::words(value)) {
            words.emplace_back(word);
        }
        where = path + ":" + std::to_string(number);
    }
    return words;
}

} // namespace agent
