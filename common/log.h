// The log of a process: lines on stderr, with the priority in front as systemd reads it
// (sd-daemon(3)) when stderr is not a terminal. By write(2) only, for processes under seccomp.
#pragma once

#include <string>
#include <string_view>

namespace logging {

enum class Level { Error = 3, Warning = 4, Notice = 5, Info = 6, Debug = 7 };

/// Name of this process in front of each line, and the least urgent level that is written.
void open(std::string name, Level most);
/// "error", "warning", "notice", "info" or "debug". Throws std::invalid_argument.
Level level(std::string_view name);

void write(Level level, std::string_view message);
inline void error(std::string_view message)
{
    write(Level::Error, message);
}
inline void warning(std::string_view message)
{
    write(Level::Warning, message);
}
inline void notice(std::string_view message)
{
    write(Level::Notice, message);
}
inline void info(std::string_view message)
{
    write(Level::Info, message);
}
inline void debug(std::string_view message)
{
    write(Level::Debug, message);
}

} // namespace logging
