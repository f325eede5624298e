#include "agent/prober/processes.h"
#include "agent/prober/hash_cache.h"
#include "agent/prober/probe.h"
#include "agent/prober/scripts.h"
#include "agent/prober/suspicion.h"
#include "common/digest.h"
#include "tests/emulated/skip.h"
#include "tests/prober/child.h"
#include "tests/slurp.h"

#include <algorithm>
#include <sys/mman.h>
#include <sys/prctl.h>

using agent::Process;

namespace {

Process find(pid_t pid)
{
    const auto all = agent::processes(agent::Root("/"),
        [](const std::string& folder, const std::exception& e) { FAIL(folder + ": " + e.what()); });
    const auto found = std::ranges::find(all, static_cast<uint32_t>(pid), &Process::pid);
    REQUIRE(found != all.end());
    return *found;
}

} // namespace

TEST_CASE("a process whose file is gone is known by its image")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const TemporaryFolder folder;
    const std::string copy = (folder.path / "sleep").string();
    std::filesystem::copy_file("/bin/sleep", copy);
    const std::string content = slurp(copy);
    const Program program([&] { ::execl(copy.c_str(), "sleep", "600", nullptr); });
    std::filesystem::remove(copy);
    const Process process = find(program.pid());
    CHECK(process.deleted);
    CHECK(process.executable == copy);
    CHECK(process.user == ::geteuid());
    CHECK(process.parent == static_cast<uint32_t>(::getpid()));
    CHECK(process.arguments == std::vector<std::string> { "sleep", "600" });
    CHECK(process.networkNamespace != 0);
    const agent::Root root("/");
    agent::HashCache hashes;
    const fd::Fd image = root.openExecutable(process.image);
    CHECK(hashes.measure(image.get()).hash == digest::sha256(content));
}

TEST_CASE("a program in memory is one, and poses as a thread of the kernel in vain")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const std::string content = slurp("/bin/sleep");
    const Program program([&] {
        const int file = ::memfd_create("x", MFD_CLOEXEC);
        char name[] = "[kworker/0:1-events]";
        char time[] = "600";
        char* const arguments[] = { name, time, nullptr };
        if (::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size())) {
            ::fexecve(file, arguments, environ);
        }
    });
    const Process process = find(program.pid());
    const agent::Root root("/");
    CHECK(process.executable == "/memfd:x");
    CHECK(process.deleted);
    CHECK_FALSE(process.kernelThread);
    CHECK(agent::masquerade(root, process));
    const fd::Fd image = root.openExecutable(process.image);
    CHECK(agent::memoryBacked(root, process, image.get()) == "memfd");
}

TEST_CASE("a process may call itself whatever it likes")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const Child child([] { return ::prctl(PR_SET_NAME, "a) R 2 (\nb") == 0; });
    const Process process = find(child.pid());
    CHECK(process.name == "a) R 2 (\nb");
    CHECK(process.parent == static_cast<uint32_t>(::getpid()));
}

TEST_CASE("a process that has ended is a zombie until its parent asks")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const Child child([] { return false; });
    siginfo_t ended {};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(child.pid()), &ended, WEXITED | WNOWAIT) == 0);
    const Process process = find(child.pid());
    CHECK(process.zombie());
    CHECK(process.executable.empty());
    CHECK_FALSE(process.denied);
}

TEST_CASE("threads of the kernel are told by what the kernel says")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const agent::Root root("/");
    const auto threads = agent::process(root, 2);
    if (!threads || threads->name != "kthreadd") {
        WARN("left out: process 2 is no kthreadd here");
        return;
    }
    CHECK(threads->kernelThread);
    CHECK(threads->executable.empty());
}

TEST_CASE("scripts are told from options")
{
    using Arguments = std::vector<std::string>;
    const auto script = [](const char* executable, const Arguments& arguments) {
        return agent::scriptOf(executable, arguments).value_or("");
    };
    CHECK(script("/usr/bin/python3.11", { "python3", "/tmp/x.py" }) == "/tmp/x.py");
    CHECK(script("/usr/bin/python3", { "python3", "-Wignore", "-X", "dev", "a.py" }) == "a.py");
    CHECK(script("/usr/bin/python3", { "python3", "-Im", "http.server" }) == "-m http.server");
    CHECK(script("/usr/bin/python3", { "python3", "-c", "import os", "a.py" }) == "-c");
    CHECK(script("/usr/bin/python3", { "python3" }) == "-");
    CHECK(script("/usr/bin/python3", { "python3", "-", "a.py" }) == "-");
    CHECK(script("/usr/bin/bash", { "bash", "-o", "pipefail", "-eu", "a.sh" }) == "a.sh");
    CHECK(script("/usr/bin/bash", { "bash", "+x", "--", "-odd.sh" }) == "-odd.sh");
    CHECK(script("/usr/bin/bash", { "bash", "--rcfile", "x", "a.sh" }) == "a.sh");
    CHECK(script("/usr/bin/bash", { "bash", "-lc", "a.sh" }) == "-c");
    CHECK(script("/usr/bin/perl5.36.0", { "perl", "-w", "-I", "lib", "a.pl" }) == "a.pl");
    CHECK(script("/usr/bin/perl", { "perl", "-ne", "print", "data" }) == "-e");
    CHECK(script("/usr/bin/node", { "node", "--eval=1" }) == "--eval");
    CHECK(script("/usr/bin/node", { "node", "-r", "x", "--inspect", "a.js" }) == "a.js");
    CHECK(script("/usr/bin/lua5.4", { "lua", "-e", "x=1", "a.lua" }) == "a.lua");
    CHECK(script("/bin/busybox", { "sh", "/etc/init.d/x" }) == "/etc/init.d/x");
    CHECK(script("/bin/busybox", { "busybox", "telnetd", "-l", "/bin/sh" }).empty());
    CHECK(script("/usr/bin/mawk", { "awk", "-f", "a.awk", "data" }) == "a.awk");
    CHECK(script("/usr/bin/mawk", { "awk", "{ print }", "data" }) == "-e");
    CHECK(script("/usr/sbin/sshd", { "sshd", "-D" }).empty());
    CHECK(script("/usr/bin/shred", { "shred", "file" }).empty());
}
