#include "agent/prober/ssh_daemons.h"
#include "common/text.h"

#include <algorithm>
#include <ctime>
#include <unistd.h>

namespace agent {

namespace {

constexpr time_t Slack = 60; // seconds within which the files of a copied root were all written

std::string baseName(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

std::string programOf(const Process& process)
{
    if (!process.executable.empty()) {
        return baseName(process.executable);
    }
    return process.name;
}

/// Seconds since 1970 at which the system booted; nothing if the kernel does not say.
std::optional<time_t> bootTime(const Root& root)
{
    const std::string stat = root.readIfThere("/proc/stat").value_or("");
    for (const std::string_view line : text::lines(stat)) {
        if (line.starts_with("btime ")) {
            return text::number<time_t>(line.substr(6));
        }
    }
    return std::nullopt;
}

std::optional<time_t> changed(const Root& root, const std::string& path)
{
    const auto status = root.status(path);
    if (!status) {
        return std::nullopt;
    }
    // ctime cannot be put back; in a copied root it is the time of the copy.
    return root.live() ? std::max(status->st_mtim.tv_sec, status->st_ctim.tv_sec)
                       : status->st_mtim.tv_sec;
}

/// When the daemon read its configuration: when it started, or wrote its pid file anew after a
/// SIGHUP, upon which it executes itself with the same pid and start time.
std::optional<time_t> readAt(const Root& root, const Process& process, const SshdConfig& config)
{
    const auto boot = bootTime(root);
    if (!boot) {
        return std::nullopt;
    }
    const long perSecond = std::max(::sysconf(_SC_CLK_TCK), 1L);
    time_t at = *boot + static_cast<time_t>(process.startTicks / static_cast<uint64_t>(perSecond));
    const std::string file = config.word("pidfile", "/run/sshd.pid");
    const auto text = root.readIfThere(file);
    const auto status = root.status(file);
    if (text && status && text::number<uint32_t>(text::trim(*text)) == process.pid) {
        at = std::max(at, status->st_mtim.tv_sec);
    }
    return at;
}

std::string utc(time_t at)
{
    char text[32];
    tm parts {};
    gmtime_r(&at, &parts);
    return { text, strftime(text, sizeof text, "%FT%TZ", &parts) };
}

std::string staleness(const Root& root, const Process& process, const SshdConfig& config)
{
    const auto started = readAt(root, process, config);
    // A file as new as those of /proc itself was written when the root was copied.
    const auto copied = root.live()
        ? std::nullopt
        : changed(root, "/proc/" + std::to_string(process.pid) + "/stat");
    if (!started) {
        return "";
    }
    for (const std::string& file : config.files) {
        const auto at = changed(root, file);
        if (at && *at > *started + 1 && (!copied || *at + Slack < *copied)) {
            return file + " was changed at " + utc(*at) + ", sshd read it at " + utc(*started);
        }
    }
    return "";
}

std::vector<uint16_t> portsOf(const SshdConfig& config)
{
    std::vector<uint16_t> ports;
    const auto add = [&ports](std::string_view text) {
        const auto port = text::number<uint16_t>(text);
        if (port && std::ranges::find(ports, *port) == ports.end()) {
            ports.push_back(*port);
        }
    };
    for (const SshdValue& value : config.values("port")) {
        add(value.words.front());
        if (value.where == config.optionsFrom) {
            break; // -p: Port of the file is not read
        }
    }
    for (const SshdValue& value : config.values("listenaddress")) {
        const std::string& address = value.words.front();
        const size_t colon = address.rfind(':');
        const bool plain = colon != std::string::npos && address.find(':') == colon;
        if (plain || address.find("]:") != std::string::npos) {
            add(std::string_view(address).substr(colon + 1));
        }
    }
    if (ports.empty()) {
        ports.push_back(22);
    }
    std::ranges::sort(ports);
    return ports;
}

std::string label(const char* name, const std::vector<uint16_t>& ports)
{
    std::string text = std::string(name) + (ports.size() == 1 ? " on port" : " on ports");
    for (const uint16_t port : ports) {
        text += " " + std::to_string(port);
    }
    return text;
}

void addSshd(const Root& root, const std::vector<std::string>& arguments, const std::string& where,
    const Process* process, SshDaemons& daemons)
{
    const SshdCommand command = sshdCommand(arguments);
    if (command.test || (command.inetd && process)) {
        return;
    }
    try {
        Sshd sshd;
        sshd.config = readSshdConfig(root, command.config, command.options, where);
        sshd.ports = portsOf(sshd.config);
        sshd.label = label("sshd", sshd.ports);
        sshd.running = process != nullptr;
        if (process) {
            sshd.stale = staleness(root, *process, sshd.config);
        }
        daemons.sshd.push_back(std::move(sshd));
    } catch (const Absent& e) {
        if (process) { // it runs with a file that is gone
            daemons.failures.push_back({ command.config, "source-missing", e.what() });
        }
    } catch (const std::exception& e) {
        daemons.failures.push_back({ command.config, reasonOf(e), e.what() });
    }
}

void addDropbear(const std::vector<std::string>& arguments, bool running, const std::string& where,
    SshDaemons& daemons)
{
    Dropbear dropbear = dropbearOptions(arguments);
    dropbear.running = running;
    dropbear.where = where;
    std::ranges::sort(dropbear.ports);
    dropbear.label = label("dropbear", dropbear.ports);
    daemons.dropbear.push_back(std::move(dropbear));
}

bool isDropbear(const Process& process)
{
    const std::string program = programOf(process);
    if (program == "dropbear") {
        return true;
    }
    return program == "dropbearmulti" && !process.arguments.empty()
        && baseName(process.arguments[0]) == "dropbear";
}

void addRunning(const Root& root, SshDaemons& daemons)
{
    const std::vector<Process> all
        = processes(root, [&daemons](const std::string& folder, const std::exception& e) {
              daemons.failures.push_back({ folder, reasonOf(e), e.what() });
          });
    const auto parentIs = [&all](const Process& process, auto test) {
        const auto parent = std::ranges::find(all, process.parent, &Process::pid);
        return parent != all.end() && test(*parent);
    };
    for (const Process& process : all) {
        const std::string program = programOf(process);
        if (process.kernelThread || process.zombie()) {
            continue;
        }
        if (program == "sshd") {
            const auto isSshd = [](const Process& other) { return programOf(other) == "sshd"; };
            const auto arguments = sshdArguments(process.arguments);
            if (arguments && !parentIs(process, isSshd)) {
                addSshd(root, *arguments, "command line", &process, daemons);
            }
        } else if (isDropbear(process) && !process.arguments.empty()
            && !parentIs(process, isDropbear)) {
            addDropbear({ process.arguments.begin() + 1, process.arguments.end() }, true,
                "command line of dropbear", daemons);
        } else if (program == "femtowatch-agent" && process.arguments.size() > 1
            && process.arguments[1] == "run") {
            daemons.agent = true;
        }
    }
}

/// /etc/default/dropbear of Debian, its init script and unit.
void addConfiguredDropbear(const Root& root, SshDaemons& daemons)
{
    const std::string path = "/etc/default/dropbear";
    const auto text = root.readIfThere(path);
    if (!text) {
        return;
    }
    std::string where = path;
    std::string ignored;
    const auto port = defaultsWords(*text, "DROPBEAR_PORT", path, ignored);
    const auto off = defaultsWords(*text, "NO_START", path, ignored);
    if (!off.empty() && off.front() != "0") {
        return;
    }
    std::vector<std::string> words { "-p", port.empty() ? "22" : port.front() };
    for (std::string& word : defaultsWords(*text, "DROPBEAR_EXTRA_ARGS", path, where)) {
        words.push_back(std::move(word));
    }
    addDropbear(words, false, where, daemons);
}

/// /etc/config/dropbear of OpenWrt: sections "config dropbear" with "option NAME 'value'".
void addOpenWrt(const Root& root, SshDaemons& daemons)
{
    const std::string path = "/etc/config/dropbear";
    const auto text = root.readIfThere(path);
    if (!text) {
        return;
    }
    std::vector<std::string> words;
    std::string where;
    bool enabled = true;
    const auto finish = [&] {
        if (!where.empty() && enabled) {
            addDropbear(words, false, where, daemons);
        }
        words.clear();
        enabled = true;
    };
    size_t number = 0;
    for (const std::string_view raw : text::allLines(*text)) {
        ++number;
        std::string line(raw);
        std::erase_if(line, [](char c) { return c == '\'' || c == '"'; });
        const auto parts = text::words(line);
        if (parts.size() >= 2 && parts[0] == "config") {
            finish();
            where = parts[1] == "dropbear" ? path + ":" + std::to_string(number) : "";
        } else if (parts.size() >= 3 && parts[0] == "option") {
            const bool off = parts[2] == "0" || parts[2] == "off" || parts[2] == "no"
                || parts[2] == "false" || parts[2] == "disabled";
            if (parts[1] == "PasswordAuth" && off) {
                words.push_back("-s");
            } else if (parts[1] == "RootPasswordAuth" && off) {
                words.push_back("-g");
            } else if (parts[1] == "RootLogin" && off) {
                words.push_back("-w");
            } else if (parts[1] == "Port") {
                words.insert(words.end(), { "-p", std::string(parts[2]) });
            } else if (parts[1] == "MaxAuthTries") {
                words.insert(words.end(), { "-T", std::string(parts[2]) });
            } else if (parts[1] == "IdleTimeout") {
                words.insert(words.end(), { "-I", std::string(parts[2]) });
            } else if (parts[1] == "enable") {
                enabled = !off;
            }
        }
    }
    finish();
}

void addConfigured(const Root& root, SshDaemons& daemons)
{
    std::string where = "/etc/default/ssh";
    const std::string defaults = root.readIfThere("/etc/default/ssh").value_or("");
    const auto words = defaultsWords(defaults, "SSHD_OPTS", "/etc/default/ssh", where);
    addSshd(root, words, where, nullptr, daemons);
    addConfiguredDropbear(root, daemons);
    addOpenWrt(root, daemons);
}

} // namespace

SshDaemons sshDaemons(const Root& root)
{
    SshDaemons daemons;
    const auto attempt = [&daemons](const char* source, auto step) {
        try {
            step();
        } catch (const Absent&) {
            return;
        } catch (const std::exception& e) {
            daemons.failures.push_back({ source, reasonOf(e), e.what() });
        }
    };
    attempt("/proc", [&] { addRunning(root, daemons); });
    if (daemons.sshd.empty() && daemons.dropbear.empty() && daemons.failures.empty()) {
        attempt("/etc/ssh", [&] { addConfigured(root, daemons); });
    }
    return daemons;
}

} // namespace agent
