#include "common/log.h"
#include "common/text.h"

#include <stdexcept>
#include <unistd.h>

namespace logging {

namespace {

std::string name_ = "femtowatch";
Level most_ = Level::Info;
bool terminal_ = false;

constexpr std::string_view Names[] = { "", "", "", "error", "warning", "notice", "info", "debug" };
constexpr size_t LongestLine = 4096;

} // namespace

void open(std::string name, Level most)
{
    name_ = std::move(name);
    most_ = most;
    terminal_ = ::isatty(STDERR_FILENO) == 1;
}

Level level(std::string_view name)
{
    for (int i = 3; i < 8; ++i) {
        if (Names[i] == name) {
            return static_cast<Level>(i);
        }
    }
    throw std::invalid_argument(
        "log level " + text::quoted(name) + " is none of error, warning, notice, info, debug");
}

void write(Level level, std::string_view message)
{
    if (level > most_) {
        return;
    }
    std::string line = terminal_ ? "" : "<" + std::to_string(static_cast<int>(level)) + ">";
    line += name_ + ": ";
    // One line each, whatever a peer or a file name puts into it.
    for (const char c : text::legible(message.substr(0, LongestLine))) {
        line += c == '\n' || c == '\t' ? ' ' : c;
    }
    line += '\n';
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace logging
