// Services by which the node can be reached: from listening sockets and who holds them, processes,
// systemd units, inetd and xinetd, links of run levels, and programs that are installed. Sources
// are named where they are read: sockets.h, units.h, inetd.h, boot_links.h, service_catalog.h.
#include "agent/prober/boot_links.h"
#include "agent/prober/inetd.h"
#include "agent/prober/installed_packages.h"
#include "agent/prober/package_owner.h"
#include "agent/prober/probe.h"
#include "agent/prober/service_catalog.h"
#include "agent/prober/service_inventory.h"
#include "agent/prober/socket_units.h"
#include "agent/prober/sockets.h"
#include "agent/prober/units.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr const char* ProgramFolders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    "/usr/local/sbin", "/usr/local/bin", "/usr/libexec", "/opt/bin", "/opt/sbin" };

std::string baseName(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1));
}

std::string endpointOf(const Socket& socket)
{
    const std::string address = socket.ipv6 ? "[" + socket.address + "]" : socket.address;
    const std::string where
        = socket.networkNamespace == "host" ? "" : " in " + socket.networkNamespace;
    return socket.protocol + " " + address + ":" + std::to_string(socket.port) + where;
}

bool isLoopback(const Socket& socket)
{
    return socket.address.starts_with("127.") || socket.address == "::1"
        || socket.address.starts_with("::ffff:127.");
}

/// SNMP is version 3 alone if the configuration has no community, and somebody can use it at all.
std::string snmpType(const Root& root)
{
    for (const char* path : { "/etc/snmp/snmpd.conf", "/usr/share/snmp/snmpd.conf",
             "/etc/snmp/snmpd.local.conf", "/etc/config/snmpd" }) {
        const std::string all = root.readIfThere(path).value_or("");
        for (const std::string_view line : text::lines(all)) {
            const auto words = text::words(text::trim(line));
            if (words.empty()) {
                continue;
            }
            const std::string first = text::lower(words[0]);
            if (first == "rocommunity" || first == "rwcommunity" || first == "rocommunity6"
                || first == "rwcommunity6" || first == "com2sec" || first == "com2sec6"
                || (first == "config" && words.size() > 1 && words[1].starts_with("com2sec"))) {
                return "snmp-v1v2c";
            }
        }
    }
    return "snmp-v3";
}

class Survey {
public:
    explicit Survey(Reading& reading)
        : reading_(reading)
        , root_(reading.root)
        , units_(reading)
    {
    }

    void run()
    {
        readActivity();
        installedPrograms();
        units();
        bootLinks();
        inetd();
        xinetd();
        openSockets();
        sessions();
        finish();
        inventory_.write(reading_, activitySeen_);
    }

private:
    void readActivity()
    {
        try { // boundary: an image at rest has no /proc, and nothing runs in it
            processes_ = processes(root_, reading_.failing());
            sockets_ = sockets(root_, processes_);
            activitySeen_ = true;
            for (const Reading::Failure& failure : sockets_.failures) {
                reading_.failed(failure.source, failure.reason, failure.error);
            }
        } catch (const Absent& e) {
            if (root_.live()) {
                reading_.failed("/proc", e);
            }
        }
    }

    /// The type of a program with what its port and its configuration add.
    std::optional<std::string> typeAt(
        const KnownService& known, std::string_view protocol, uint32_t port) const
    {
        if (known.implementation == "snmpd") {
            return snmpType(root_);
        }
        if (known.type == "ssh" && port == 830) {
            return "netconf"; // RFC 6242: sshd with the subsystem
        }
        if (!known.type.empty()) {
            return known.type;
        }
        const auto type = typeOfPort(protocol, port);
        const bool dns
            = known.implementation == "dnsmasq" || known.implementation == "systemd-networkd";
        if (dns || protocol != "tcp") {
            return type == "bootps" || type == "tftp" ? type : std::nullopt;
        }
        return type == "https" ? "https" : "http";
    }

    std::optional<KnownService> byContent(const std::string& path)
    {
        const auto known = contents_.find(path);
        if (known != contents_.end()) {
            return known->second;
        }
        std::optional<KnownService> out;
        try { // boundary: one program
            if (const auto type = typeOfContent(root_, path)) {
                out = KnownService { *type, baseName(path) };
            }
        } catch (const std::exception&) {
            // It cannot be looked into: its name and port still tell.
        }
        contents_.emplace(path, out);
        return out;
    }

    std::optional<KnownService> identify(
        const std::string& program, const std::vector<std::string>& arguments)
    {
        const auto known = knownProgram(program, arguments);
        return known ? known : byContent(program);
    }

    void installedPrograms()
    {
        for (const ServiceProgram& program : servicePrograms()) {
            const std::string_view type = program.type;
            if (type.empty() || type == "x11") {
                continue; // of no service before it listens
            }
            for (const char* folder : ProgramFolders) {
                const std::string path = std::string(folder) + "/" + program.name;
                const auto what = root_.status(path);
                if (what && S_ISREG(what->st_mode)) {
                    auto& facts = inventory_.at(
                        typeAt({ program.type, program.name }, "tcp", 0).value_or(program.type),
                        program.name);
                    facts.installed = true;
                    facts.path = path;
                    facts.evidence.insert(path);
                    break;
                }
            }
        }
    }

    /// Program of a command line of systemd.service(5): "@-+!:" before it, tcpd and env left out.
    static std::vector<std::string> commandOf(const Unit& unit)
    {
        const auto commands = unit.values("Service.ExecStart");
        if (commands.empty()) {
            return {};
        }
        std::vector<std::string> words = unitWords(commands.front());
        if (words.empty()) {
            return {};
        }
        const size_t begin = words[0].find_first_not_of("@-+!:|");
        const bool renamed = words[0].substr(0, begin).find('@') != std::string::npos;
        words[0] = begin == std::string::npos ? "" : words[0].substr(begin);
        if (renamed && words.size() > 1) {
            words.erase(words.begin() + 1);
        }
        while (words.size() > 1 && (baseName(words[0]) == "tcpd" || baseName(words[0]) == "env")) {
            words.erase(words.begin());
        }
        return words;
    }

    void units()
    {
        for (const auto& [name, unit] : units_.all()) {
            if (unit.masked) {
                continue;
            }
            if (name.ends_with(".socket")) {
                socketUnit(unit);
                continue;
            }
            const auto command = commandOf(unit);
            if (command.empty()) {
                continue;
            }
            superEnabled_ = superEnabled_ || (unit.enabled && isSuperServer(command[0], command));
            const auto known = identify(command[0], command);
            if (known && unit.enabled) {
                enabled_[known->implementation].insert("unit " + name + " is enabled");
            }
            if (known && !known->type.empty() && root_.exists(command[0])) {
                auto& facts = factsOf(*known, "tcp", 0);
                facts.installed = true;
                facts.path = facts.path.empty() ? command[0] : facts.path;
            }
        }
    }

    ServiceFacts& factsOf(const KnownService& known, std::string_view protocol, uint32_t port)
    {
        return inventory_.at(
            typeAt(known, protocol, port).value_or(known.type), known.implementation);
    }

    /// What a socket unit starts: by the program, else by the first port that is known.
    std::optional<KnownService> startedBy(const Unit& socket, bool& byPort)
    {
        const Unit* service = units_.serviceOf(socket);
        const auto command = service ? commandOf(*service) : std::vector<std::string> {};
        if (!command.empty()) {
            if (auto known = identify(command[0], command)) {
                return known;
            }
        }
        auto listens = listensOf(socket.assignments);
        std::ranges::stable_partition(listens, [](const auto& listen) { return listen.stream; });
        byPort = true;
        for (const auto& listen : listens) {
            if (const auto type = typeOfPort(listen.stream ? "tcp" : "udp", listen.port)) {
                return KnownService { *type, command.empty() ? socket.name : baseName(command[0]) };
            }
        }
        return std::nullopt;
    }

    void socketUnit(const Unit& unit)
    {
        bool byPort = false;
        const auto known = startedBy(unit, byPort);
        if (!known || known->type.empty() || !unit.enabled) {
            return;
        }
        auto& facts = factsOf(*known, "tcp", 0);
        facts.enabled = facts.socketActivated = true;
        facts.byPortOnly = byPort;
        facts.evidence.insert("unit " + unit.name + " is enabled");
    }

    void bootLinks()
    {
        const bool systemd = root_.exists("/usr/lib/systemd/systemd")
            || root_.exists("/lib/systemd/systemd") || root_.exists("/run/systemd/system");
        for (const BootStart& start : bootStarts(root_)) {
            if (!start.command.empty()) {
                superEnabled_ = superEnabled_ || isSuperServer(start.command[0], start.command);
                if (const auto known = identify(start.command[0], start.command)) {
                    enabled_[known->implementation].insert(start.evidence);
                    if (!known->type.empty()) {
                        factsOf(*known, "tcp", 0).enabled = true;
                    }
                }
                continue;
            }
            if (systemd && units_.find(start.name + ".service")) {
                continue; // systemd takes the unit and leaves the script alone
            }
            superEnabled_ = superEnabled_ || isSuperServer(start.name, {});
            for (const std::string& name : { start.name, start.name + "d", "in." + start.name }) {
                if (knownProgram(name, {})) {
                    enabled_[name].insert(start.evidence);
                }
            }
        }
    }

    /// One line of a super-server. It is active if the super-server holds its socket.
    void started(const InetdService& service, const std::string& where, bool x)
    {
        const auto port = portOf(root_, service.service, service.protocol);
        std::optional<KnownService> known;
        bool byPort = false;
        if (service.program == "internal") {
            const auto type = typeOfInetdName(service.service);
            const auto byNumber = port ? typeOfPort(service.protocol, *port) : std::nullopt;
            known = { type.value_or(byNumber.value_or("small-server")), "inetd" };
        } else {
            known = identify(service.program, service.arguments);
            if (!known || known->type.empty()) {
                auto type = typeOfInetdName(service.service);
                type = type || !port ? type : typeOfPort(service.protocol, *port);
                byPort = true;
                known = type ? std::optional(KnownService { *type, baseName(service.program) })
                             : std::nullopt;
            }
        }
        if (!known) {
            return;
        }
        auto& facts = factsOf(*known, service.protocol, port.value_or(0));
        facts.socketActivated = true;
        facts.enabled = facts.enabled || superEnabled_;
        facts.byPortOnly = byPort;
        facts.installed
            = facts.installed || service.program == "internal" || root_.exists(service.program);
        facts.evidence.insert(where);
        bool held = false;
        for (const Socket& socket : sockets_.all) {
            const bool here = port && socket.port == *port && socket.protocol == service.protocol
                && socket.state != Socket::State::Connected
                && std::ranges::any_of(socket.holders, [&](size_t holder) {
                       const Process& process = processes_[holder];
                       return isSuperServer(process.executable, process.arguments)
                           && (baseName(process.executable) == "xinetd") == x;
                   });
            if (here) {
                facts.active = held = true;
                facts.endpoints.insert(endpointOf(socket));
            }
        }
        if (!held) {
            facts.endpoints.insert(service.service);
        }
    }

    void inetd()
    {
        std::vector<std::string> files { "/etc/inetd.conf" };
        for (const std::string& name : root_.list("/etc/inetd.d")) {
            files.push_back("/etc/inetd.d/" + name);
        }
        for (const std::string& file : files) {
            try { // boundary: one file
                const InetdText text = parseInetd(root_.readIfThere(file).value_or(""));
                for (const size_t line : text.wrong) {
                    reading_.failed(file, "parse-error",
                        file + ":" + std::to_string(line) + ": no line of inetd");
                }
                for (const InetdService& service : text.services) {
                    started(service, file + ":" + std::to_string(service.line), false);
                }
            } catch (const std::exception& e) {
                reading_.failed(file, e);
            }
        }
    }

    void xinetd()
    {
        std::vector<std::pair<std::string, XinetdText>> texts;
        std::vector<std::string> files { "/etc/xinetd.conf" };
        if (!root_.exists(files[0])) {
            addFolder("/etc/xinetd.d", files);
        }
        constexpr size_t MaxFiles = 1000;
        for (size_t i = 0; i < files.size() && i < MaxFiles; ++i) {
            const std::string file = files[i];
            try { // boundary: one file
                XinetdText text = parseXinetd(root_.readIfThere(file).value_or(""));
                for (const size_t line : text.wrong) {
                    reading_.failed(file, "parse-error",
                        file + ":" + std::to_string(line) + ": no line of xinetd");
                }
                for (const std::string& folder : text.includes) {
                    addFolder(folder, files);
                }
                files.insert(files.end(), text.files.begin(), text.files.end());
                texts.emplace_back(file, std::move(text));
            } catch (const std::exception& e) {
                reading_.failed(file, e);
            }
        }
        std::set<std::string> off;
        std::set<std::string> on;
        for (const auto& [file, text] : texts) {
            off.insert(text.disabled.begin(), text.disabled.end());
            on.insert(text.enabled.begin(), text.enabled.end());
        }
        for (const auto& [file, text] : texts) {
            for (const InetdService& service : text.services) {
                if (!off.contains(service.id) && (on.empty() || on.contains(service.id))) {
                    started(service, file + ":" + std::to_string(service.line), true);
                }
            }
        }
    }

    void addFolder(const std::string& folder, std::vector<std::string>& files) const
    {
        for (const std::string& name : root_.list(folder)) {
            if (name.find('.') == name.npos && !name.ends_with('~')) { // xinetd.conf(5), includedir
                files.push_back(folder + "/" + name);
            }
        }
    }

    void openSockets()
    {
        const std::vector<SocketUnit> held = socketUnits(units_);
        for (const Socket& socket : sockets_.all) {
            if (socket.state == Socket::State::Connected
                || (socket.protocol != "tcp" && socket.protocol != "udp")) {
                continue;
            }
            bool explained = false;
            for (const size_t holder : socket.holders) {
                const Process& process = processes_[holder];
                if (isSuperServer(process.executable, process.arguments)) {
                    explained = true; // its configuration says what
                    continue;
                }
                if (process.pid == 1) {
                    explained = heldBySystemd(socket, held) || explained;
                    continue;
                }
                const auto known = identify(process.executable, process.arguments);
                const auto type
                    = known ? typeAt(*known, socket.protocol, socket.port) : std::nullopt;
                if (known) {
                    explained = true;
                }
                if (type) {
                    open(inventory_.at(*type, known->implementation), socket, process.executable);
                }
            }
            if (!explained) {
                byPort(socket);
            }
        }
    }

    void open(ServiceFacts& facts, const Socket& socket, const std::string& executable)
    {
        facts.endpoints.insert(endpointOf(socket));
        if (!executable.empty()) {
            facts.installed = true;
            facts.path = facts.path.empty() ? executable : facts.path;
            facts.evidence.insert("process " + executable);
        }
        opened_.emplace_back(&facts, &socket);
    }

    bool heldBySystemd(const Socket& socket, const std::vector<SocketUnit>& held)
    {
        bool found = false;
        for (const SocketUnit& listening : held) {
            const Unit* unit = listening.holds(socket) ? units_.find(listening.name) : nullptr;
            bool byPort = false;
            const auto known = unit ? startedBy(*unit, byPort) : std::nullopt;
            const auto type = known ? typeAt(*known, socket.protocol, socket.port) : std::nullopt;
            if (type) {
                auto& facts = inventory_.at(*type, known->implementation);
                facts.socketActivated = true;
                facts.byPortOnly = byPort;
                facts.evidence.insert("unit " + listening.name);
                open(facts, socket, "");
                found = true;
            }
        }
        return found;
    }

    void byPort(const Socket& socket)
    {
        const auto type = typeOfPort(socket.protocol, socket.port);
        if (!type) {
            return;
        }
        const Process* holder = socket.holders.empty() ? nullptr : &processes_[socket.holders[0]];
        const std::string name = !holder ? (socket.kernelOwned ? "kernel" : "unknown")
            : holder->executable.empty() ? holder->name
                                         : baseName(holder->executable);
        auto& facts = inventory_.at(*type, name.empty() ? "unknown" : name);
        facts.byPortOnly = true;
        open(facts, socket, holder ? holder->executable : "");
    }

    /// A process that serves a connection without a socket that listens: started by inetd.
    void sessions()
    {
        for (const Process& process : processes_) {
            const auto known = process.kernelThread || process.zombie()
                ? std::nullopt
                : knownProgram(process.executable, process.arguments);
            if (known
                && (known->type == "telnet" || known->type == "rsh" || known->type == "ftp")) {
                auto& facts = factsOf(*known, "tcp", 0);
                facts.active = facts.installed = true;
                facts.evidence.insert("process " + process.executable);
            }
        }
    }

    void finish()
    {
        // Only now is it known which types count on the loopback interface.
        for (const auto& [key, facts] : inventory_.all()) {
            for (const auto& [opened, socket] : opened_) {
                if (opened == &facts && (isLoginType(key.first) || !isLoopback(*socket))) {
                    opened->active = true;
                }
            }
        }
        std::vector<std::string> paths;
        for (auto& [key, facts] : inventory_.all()) {
            const auto enabled = enabled_.find(key.second);
            if (enabled != enabled_.end()) {
                facts.enabled = true;
                facts.evidence.insert(enabled->second.begin(), enabled->second.end());
            }
            if (key.second == "sshd") {
                facts.weakAlgorithms = weakSshAlgorithms(reading_);
            }
            paths.push_back(facts.path);
        }
        versions(paths);
    }

    void versions(const std::vector<std::string>& paths)
    {
        try { // boundary: a package manager's files say nothing of the services
            const auto owners = packageOwners(reading_, paths);
            std::map<std::string, std::string> known;
            for (const Package& package : installedPackages(root_)) {
                known.emplace(package.name.substr(package.name.find(':') + 1), package.version);
            }
            size_t at = 0;
            for (auto& [key, facts] : inventory_.all()) {
                const std::string& owner = owners.at(at++);
                const auto found = known.find(owner.substr(owner.find(':') + 1));
                facts.version = found == known.end() || owner.empty() ? "" : found->second;
            }
        } catch (const std::exception& e) {
            reading_.failed("packages", e);
        }
    }

    Reading& reading_;
    const Root& root_;
    Units units_;
    ServiceInventory inventory_;
    std::vector<Process> processes_;
    Sockets sockets_ {};
    bool activitySeen_ = false;
    bool superEnabled_ = false; // inetd or xinetd comes up at boot
    std::map<std::string, std::set<std::string>> enabled_; // by implementation
    std::map<std::string, std::optional<KnownService>> contents_;
    std::vector<std::pair<ServiceFacts*, const Socket*>> opened_;
};

} // namespace

void readRemoteMaintenance(Reading& reading)
{
    if (reading.root.list("/").empty()) {
        throw Absent("an empty folder is no system");
    }
    Survey(reading).run();
}

} // namespace agent
