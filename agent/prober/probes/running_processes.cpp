// Programs that run, out of /proc (proc(5)): all processes of one executable and one user are one
// entry, so that processes that come and go change nothing but a number. Threads of the kernel,
// which have no executable, are left out.
#include "agent/prober/accounts.h"
#include "agent/prober/capabilities.h"
#include "agent/prober/hash_cache.h"
#include "agent/prober/package_owner.h"
#include "agent/prober/probe.h"
#include "agent/prober/proc_files.h"
#include "agent/prober/processes.h"
#include "agent/prober/scripts.h"
#include "agent/prober/suspicion.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

namespace agent {

namespace {

constexpr size_t MaxEvidence = 8;
constexpr size_t MaxScripts = 64;

struct Program {
    std::string path; // as the kernel has it
    uint32_t instances = 0;
    std::vector<const Process*> images; // one process for each file that runs under this path
    bool deleted = false;
    bool memoryBacked = false;
    bool masquerading = false;
    bool writableByOthers = false;
    std::string hash;
    std::set<std::string> scripts;
    uint64_t capabilities = 0;
    std::vector<std::string> evidence;

    void say(const std::string& what)
    {
        if (evidence.size() < MaxEvidence) {
            evidence.push_back(what);
        }
    }
    void say(const Process& process, const std::string& what)
    {
        say("pid " + std::to_string(process.pid) + " " + what);
    }
};

/// By the two keys as they are reported: what would look the same is one.
using Programs = std::map<std::pair<std::string, std::string>, Program>;

bool sameImage(const Process& a, const Process& b)
{
    return a.imageInode == b.imageInode && a.imageDevice == b.imageDevice && a.deleted == b.deleted;
}

/// Whether another file is at its path now, in the file system that both it and we see.
bool replaced(const Root& root, const Process& process)
{
    const auto there = root.status(process.executable);
    if (process.deleted || process.imageInode == 0 || !there
        || (there->st_ino == process.imageInode && there->st_dev == process.imageDevice)) {
        return false;
    }
    const std::string folder = "/proc/" + std::to_string(process.pid);
    const auto space = root.link(folder + "/ns/mnt");
    return space && space == root.link("/proc/self/ns/mnt") && root.link(folder + "/root") == "/";
}

void addProcess(const Root& root, const Process& process, Program& program)
{
    ++program.instances;
    const bool known = std::ranges::any_of(
        program.images, [&](const Process* other) { return sameImage(*other, process); });
    if (!known) {
        program.images.push_back(&process);
    }
    if (process.deleted || (!known && replaced(root, process))) {
        program.deleted = true;
        program.say(process,
            process.deleted ? "runs from a file that is deleted"
                            : "runs from a file that is not at its path any more");
    }
    if (const auto why = masquerade(root, process)) {
        program.masquerading = true;
        program.say(process, *why);
    }
    if (const auto script = scriptOf(process.executable, process.arguments);
        script && program.scripts.size() < MaxScripts) {
        program.scripts.insert(text::carried(*script));
    }
    if (process.user != 0) {
        program.capabilities |= process.capabilities;
    }
}

/// Files below the path that are not what is there now weigh more than the one that is.
void measure(Reading& reading, Program& program)
{
    const std::string& path = program.path;
    for (const Process* process : program.images) {
        try {
            const fd::Fd image = reading.root.openExecutable(process->image);
            if (const auto type = memoryBacked(reading.root, *process, image.get())) {
                program.memoryBacked = true;
                program.say(*process, "runs from memory (" + *type + ")");
            }
            const Measured measured = reading.hashes.measure(image.get());
            if (measured.state == Measured::State::Pending) {
                reading.unfinished = true;
            } else if (measured.state != Measured::State::Measured) {
                reading.failed(path,
                    measured.state == Measured::State::ChangedDuringRead ? "raced"
                        : measured.state == Measured::State::TooLarge    ? "resource-limited"
                                                                         : "source-missing",
                    path + ": " + measured.error);
            } else if (program.hash.empty() || process->deleted
                || replaced(reading.root, *process)) {
                program.hash = measured.hash;
            }
        } catch (const Absent& e) {
            if (memoryBacked(reading.root, *process, -1)) {
                program.memoryBacked = true;
                program.say(*process, "runs from memory");
            }
            if (!reading.root.live() && !process->deleted) {
                reading.failed(path, e); // a running system: it has just ended
            }
        } catch (const std::system_error& e) {
            reading.failed(path, e);
        }
    }
}

void write(const Reading& reading, const std::string& path, const std::string& user,
    const Program& program, const std::string& package)
{
    const yang::Node out = reading.out.entry("program", { path, user });
    out.leaf("instances", program.instances);
    if (!program.hash.empty()) {
        out.leaf("hash", program.hash);
    }
    if (!package.empty()) {
        out.leaf("package", text::carried(package));
    }
    out.leaf("deleted-executable", program.deleted);
    out.leaf("memory-backed", program.memoryBacked);
    out.leaf("masquerading", program.masquerading);
    out.leaf("writable-by-others", program.writableByOthers);
    for (const std::string& script : program.scripts) {
        out.leaf("script", script);
    }
    std::set<std::string> capabilities;
    for (unsigned bit = 0; bit < 64; ++bit) {
        if ((program.capabilities >> bit & 1) != 0) {
            capabilities.insert(capabilityName(bit));
        }
    }
    for (const std::string& capability : capabilities) {
        out.leaf("capability", capability);
    }
    const std::set<std::string> evidence(program.evidence.begin(), program.evidence.end());
    for (const std::string& line : evidence) {
        out.leaf("evidence", line);
    }
}

/// Something mounted over /proc/PID hides that process from everybody.
void findHidden(Reading& reading)
{
    const std::string file = "/proc/self/mountinfo";
    std::set<std::string> hidden;
    for (const Mount& mount : parseMountinfo(reading.root.readIfThere(file).value_or(""), file)) {
        const std::string_view point = mount.point;
        if (point.starts_with("/proc/")
            && text::number<uint32_t>(point.substr(6, point.find('/', 6) - 6))) {
            hidden.insert(mount.point);
        }
        if (mount.type == "proc" && point == "/proc"
            && mount.superOptions.find("hidepid=") != std::string::npos
            && mount.superOptions.find("hidepid=0") == std::string::npos
            && !reading.root.exists("/proc/1")) {
            reading.failed(
                "/proc", "permission-denied", "/proc hides processes of others (hidepid)");
        }
    }
    if (hidden.empty()) {
        return;
    }
    const yang::Node out = reading.out.entry("program", { "[hidden]", "" });
    out.leaf("instances", hidden.size());
    out.leaf("masquerading", true);
    size_t count = 0;
    for (const std::string& point : hidden) {
        if (count++ < MaxEvidence) {
            out.leaf("evidence", text::quoted(point) + " is hidden by a mount");
        }
    }
}

Programs group(Reading& reading, const std::vector<Process>& all)
{
    const Names names(reading.root);
    Programs programs;
    std::set<std::string> denied;
    for (const Process& process : all) {
        if (process.kernelThread || process.zombie()) {
            continue;
        }
        if (!process.executable.empty()) {
            Program& program
                = programs[{ text::carried(process.executable), names.user(process.user) }];
            program.path = process.executable;
            addProcess(reading.root, process, program);
        } else if (process.denied) {
            denied.insert(text::carried(process.name));
        } else if (!reading.root.live()) { // else it is just ending
            const std::string link = "/proc/" + std::to_string(process.pid) + "/exe";
            reading.failed(link, "source-missing", "no " + link);
        }
    }
    if (!denied.empty()) {
        std::string list;
        for (const std::string& name : denied) {
            list += (list.empty() ? "" : ", ") + name;
        }
        reading.failed("/proc/PID/exe", "permission-denied",
            "the executable may not be read of: " + text::quoted(list, 400));
    }
    return programs;
}

} // namespace

void readRunningProcesses(Reading& reading)
{
    const std::vector<Process> all = processes(reading.root, reading.failing());
    if (all.empty()) {
        throw Absent("no process in /proc");
    }
    Programs programs = group(reading, all);
    std::vector<std::string> paths;
    Writers writers(reading.root);
    for (auto& [key, program] : programs) {
        measure(reading, program);
        if (!program.memoryBacked && !program.deleted) {
            if (const auto why = writers.of(program.path)) {
                program.writableByOthers = true;
                program.say(*why);
            }
        }
        paths.push_back(program.path);
    }
    const std::vector<std::string> packages = packageOwners(reading, paths);
    size_t index = 0;
    for (const auto& [key, program] : programs) {
        write(reading, key.first, key.second, program, packages[index++]);
    }
    findHidden(reading);
}

} // namespace agent
