// What a process cannot do any more once it is locked down, tried in children that do it.
#include "common/lockdown.h"
#include "common/fd.h"
#include "tests/emulated/skip.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using lockdown::Privileges;

#ifdef FEMTOWATCH_SANITIZED
constexpr bool Confined = false; // seccomp is left out, see lockdown::apply
#else
constexpr bool Confined = true;
#endif

bool confined()
{
    if (!Confined) {
        WARN("system calls are not confined in a build with sanitizers: not tried");
    }
    return Confined && !skippedAsEmulated("it enforces no seccomp filter and no RLIMIT_AS");
}

/// 0 if `call` succeeded, else its errno.
int outcome(long result)
{
    return result >= 0 ? 0 : errno;
}

/// Locks a child down and lets it try; exit status of the child, or 256 + the signal.
int tried(const Privileges& privileges, const std::function<int()>& what)
{
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            lockdown::apply(privileges);
        } catch (...) {
            ::_exit(99);
        }
        ::_exit(what());
    }
    REQUIRE(child > 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

Privileges nobody()
{
    Privileges privileges;
    if (::geteuid() == 0) {
        const passwd* const entry = ::getpwnam("nobody");
        privileges.changeIdentity = true;
        privileges.uid = entry->pw_uid;
        privileges.gid = entry->pw_gid;
    }
    return privileges;
}

int openFile(const char* path)
{
    return outcome(::open(path, O_RDONLY | O_CLOEXEC));
}

int bindTo(uint16_t port)
{
    const fd::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at {};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return outcome(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at));
}

constexpr uint16_t Privileged = 987;

} // namespace

TEST_CASE("a locked-down process opens nothing")
{
    if (confined()) {
        CHECK(tried(nobody(), [] { return openFile("/etc/passwd"); }) == EPERM);
        CHECK(tried(nobody(), [] { return outcome(::socket(AF_INET, SOCK_STREAM, 0)); }) == EPERM);
        CHECK(tried(nobody(), [] { return outcome(::socket(AF_UNIX, SOCK_STREAM, 0)); }) == EPERM);
    }
}

TEST_CASE("what is allowed besides works")
{
    Privileges privileges = nobody();
    privileges.systemCalls = { SCMP_SYS(openat), SCMP_SYS(open) };
    CHECK(tried(privileges, [] { return openFile("/etc/passwd"); }) == 0);
}

TEST_CASE("a locked-down process that executes or traces is ended")
{
    if (confined()) {
        const auto execute = [] {
            char* const arguments[] = { nullptr };
            return outcome(::execve("/bin/true", arguments, arguments));
        };
        CHECK(tried(nobody(), execute) == 256 + SIGSYS);
        CHECK(tried(nobody(), [] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); })
            == 256 + SIGSYS);
        CHECK(tried(nobody(), [] { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); })
            == 256 + SIGSYS);
    }
}

TEST_CASE("a locked-down process does not reach others of its user")
{
    if (confined()) {
        const pid_t parent = ::getpid();
        const auto limit = [parent] {
            const rlimit cpu { 1, 1 };
            return outcome(::prlimit(parent, RLIMIT_CPU, &cpu, nullptr));
        };
        CHECK(tried(nobody(), limit) == EPERM);
        CHECK(tried(nobody(), [parent] { return outcome(::kill(parent, 0)); }) == EPERM);
        CHECK(tried(nobody(), [parent] {
            return outcome(::syscall(SYS_tgkill, parent, parent, 0));
        }) == EPERM);
        CHECK(tried(nobody(), [] { return outcome(::raise(0)); }) == 0);
        CHECK(tried(nobody(), [] { return outcome(::fork()); }) == EPERM);
    }
}

TEST_CASE("a process that may fork gets no namespace of its own")
{
    Privileges privileges = nobody();
    privileges.mayFork = true;
    const auto forks = [] {
        const pid_t child = ::fork();
        if (child == 0) {
            ::_exit(0);
        }
        int status = 1;
        return child > 1 && ::waitpid(child, &status, 0) == child ? status : errno;
    };
    CHECK(tried(privileges, forks) == 0);
    if (confined()) {
        CHECK(tried(privileges, [] {
            return outcome(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
        }) == EPERM);
        CHECK(
            tried(privileges, [] { return outcome(::syscall(SYS_clone3, nullptr, 0)); }) == ENOSYS);
        CHECK(tried(privileges, [] { return outcome(::unshare(CLONE_NEWUSER)); }) == EPERM);
    }
}

TEST_CASE("limits hold and no core is dumped")
{
    Privileges privileges = nobody();
    privileges.descriptors = 64;
    CHECK(tried(privileges, [] {
        rlimit core { 1, 1 };
        rlimit files { 1, 1 };
        ::getrlimit(RLIMIT_CORE, &core);
        ::getrlimit(RLIMIT_NOFILE, &files);
        return core.rlim_max == 0 && files.rlim_max == 64 ? 0 : 1;
    }) == 0);
    if (confined()) {
        privileges.memory = 256u << 20;
        CHECK(tried(privileges, [] {
            void* const much
                = ::mmap(nullptr, 512u << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            return much == MAP_FAILED ? errno : 0;
        }) == ENOMEM);
    }
}

TEST_CASE("a locked-down process gains no privilege and cannot be looked into")
{
    Privileges privileges = nobody();
    privileges.systemCalls = { SCMP_SYS(prctl) };
    CHECK(tried(privileges, [] {
        return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
                && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
            ? 0
            : 1;
    }) == 0);
}

TEST_CASE("root that became another user stays it")
{
    if (::geteuid() != 0) {
        WARN("only root can change its identity: not tried");
        return;
    }
    Privileges privileges = nobody();
    privileges.systemCalls = { SCMP_SYS(setuid), SCMP_SYS(setresuid), SCMP_SYS(setgroups),
        SCMP_SYS(getresuid), SCMP_SYS(getgroups), SCMP_SYS(openat), SCMP_SYS(capset),
        SCMP_SYS(capget), SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(chroot) };
    CHECK(tried(privileges, [] { return outcome(::setuid(0)); }) == EPERM);
    CHECK(tried(privileges, [] { return outcome(::setresuid(0, 0, 0)); }) == EPERM);
    CHECK(tried(privileges, [] {
        return outcome(::getgroups(0, nullptr)) + ::getgroups(0, nullptr);
    }) == 0);
    CHECK(tried(privileges, [] { return openFile("/etc/shadow"); }) == EACCES);
    CHECK(tried(privileges, [] { return outcome(::chroot("/tmp")); }) == EPERM);
    CHECK(tried(privileges, [] { return bindTo(Privileged); }) == EACCES);
    privileges.capabilities = { CAP_NET_BIND_SERVICE };
    CHECK(tried(privileges, [] { return bindTo(Privileged); }) == 0);
    CHECK(tried(privileges, [] { return openFile("/etc/shadow"); }) == EACCES);
}

TEST_CASE("what is to end with its parent still is when it is another user")
{
    Privileges privileges = nobody();
    privileges.systemCalls = { SCMP_SYS(prctl) };
    const pid_t child = ::fork();
    if (child == 0) {
        int signal = 0;
        ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
        lockdown::apply(privileges);
        ::_exit(::prctl(PR_GET_PDEATHSIG, &signal) == 0 ? signal : 99);
    }
    REQUIRE(child > 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == SIGUSR1);
}

TEST_CASE("a process that kept a capability gives it up by a second lock-down")
{
    if (::geteuid() != 0) {
        WARN("only root has capabilities: not tried");
        return;
    }
    Privileges first = nobody();
    first.capabilities = { CAP_NET_BIND_SERVICE };
    first.systemCalls = { SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(prctl), SCMP_SYS(seccomp),
        SCMP_SYS(capget), SCMP_SYS(capset), SCMP_SYS(openat) };
    CHECK(tried(first, [] {
        Privileges second;
        second.systemCalls = { SCMP_SYS(socket), SCMP_SYS(bind) };
        lockdown::apply(second);
        return bindTo(Privileged);
    }) == EACCES);
}

TEST_CASE("a root folder is all that is seen")
{
    if (::geteuid() != 0) {
        WARN("only root can change its root folder: not tried");
        return;
    }
    Privileges privileges = nobody();
    privileges.rootFolder = "/proc/self/fdinfo";
    privileges.systemCalls = { SCMP_SYS(openat) };
    CHECK(tried(privileges, [] { return openFile("/etc/passwd"); }) == ENOENT);
    CHECK(tried(privileges, [] { return openFile("/../../etc/passwd"); }) == ENOENT);
}
