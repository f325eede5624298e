#include "common/lockdown.h"
#include "common/fd.h"

#include <algorithm>
#include <cap-ng.h>
#include <cerrno>
#include <linux/sockios.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace lockdown {

namespace {

void limit(__rlimit_resource_t what, uint64_t most)
{
    rlimit now {};
    if (::getrlimit(what, &now) != 0) {
        fd::fail("getrlimit");
    }
    const rlim_t lower = std::min<rlim_t>(most, now.rlim_max); // higher needs CAP_SYS_RESOURCE
    const rlimit both { lower, lower };
    if (::setrlimit(what, &both) != 0) {
        fd::fail("setrlimit");
    }
}

void changeIdentity(const Privileges& privileges)
{
    if (!privileges.rootFolder.empty()) {
        if (::chroot(privileges.rootFolder.c_str()) != 0 || ::chdir("/") != 0) {
            fd::fail(privileges.rootFolder);
        }
    }
    capng_clear(CAPNG_SELECT_BOTH);
    for (const unsigned capability : privileges.capabilities) {
        capng_update(CAPNG_ADD,
            static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET),
            capability);
    }
    const int rc
        = capng_change_id(static_cast<int>(privileges.uid), static_cast<int>(privileges.gid),
            static_cast<capng_flags_t>(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING));
    if (rc != 0) {
        throw std::runtime_error("cannot become uid " + std::to_string(privileges.uid)
            + ": libcap-ng error " + std::to_string(rc));
    }
}

/// Without another identity, and without CAP_SETPCAP for the bounding set: no-new-privs makes that
/// one harmless.
void keepCapabilities(const Privileges& privileges)
{
    if (capng_get_caps_process() != 0) {
        throw std::runtime_error("libcap-ng cannot read the capabilities");
    }
    std::vector<unsigned> kept;
    for (const unsigned capability : privileges.capabilities) {
        if (capng_have_capability(CAPNG_PERMITTED, capability) != 0) {
            kept.push_back(capability);
        }
    }
    capng_clear(CAPNG_SELECT_CAPS);
    for (const unsigned capability : kept) {
        capng_update(
            CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), capability);
    }
    if (const int rc = capng_apply(CAPNG_SELECT_CAPS)) {
        throw std::runtime_error(
            "cannot give up capabilities: libcap-ng error " + std::to_string(rc));
    }
}

#ifndef FEMTOWATCH_SANITIZED
void allow(scmp_filter_ctx filter, int call)
{
    const int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    if (rc != 0 && rc != -EEXIST) {
        throw std::system_error(-rc, std::generic_category(), "seccomp");
    }
}

void allowIf(scmp_filter_ctx filter, int call, const scmp_arg_cmp& argument)
{
    const int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &argument);
    if (rc != 0 && rc != -EEXIST) {
        throw std::system_error(-rc, std::generic_category(), "seccomp");
    }
}

/// Calls that reach other processes of the same user, or the terminal's input, by an argument.
void allowOnOneself(scmp_filter_ctx filter)
{
    allowIf(filter, SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0));
    allowIf(filter, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<uint64_t>(::getpid())));
    for (const unsigned long request : { FIONREAD, FIONBIO, TCGETS, TIOCGWINSZ, SIOCOUTQ }) {
        // The kernel looks at 32 bits of it.
        allowIf(filter, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, request));
    }
}

void allowForking(scmp_filter_ctx filter)
{
    for (const int call : { SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(wait4), SCMP_SYS(waitid),
             SCMP_SYS(set_robust_list), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_send_signal) }) {
        allow(filter, call);
    }
    // A user namespace would give back every capability inside of it. Flags are the first argument
    // on x86, ARM, RISC-V and MIPS. Those of clone3(2) cannot be looked at: libc falls back.
    constexpr uint64_t Namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID
        | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    allowIf(filter, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, Namespaces, 0));
    if (const int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)) {
        throw std::system_error(-rc, std::generic_category(), "seccomp");
    }
}

void confine(const Privileges& privileges)
{
    const std::unique_ptr<void, void (*)(void*)> filter(
        seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
    if (!filter) {
        throw std::runtime_error("seccomp: no filter");
    }
    for (const int call : basic()) {
        allow(filter.get(), call);
    }
    for (const int call : privileges.systemCalls) {
        allow(filter.get(), call);
    }
    allowOnOneself(filter.get());
    if (privileges.mayFork) {
        allowForking(filter.get());
    }
    for (const int call : { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
             SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(init_module),
             SCMP_SYS(finit_module), SCMP_SYS(kexec_load), SCMP_SYS(mount), SCMP_SYS(bpf) }) {
        if (const int rc = seccomp_rule_add(filter.get(), SCMP_ACT_KILL_PROCESS, call, 0)) {
            throw std::system_error(-rc, std::generic_category(), "seccomp");
        }
    }
    if (const int rc = seccomp_load(filter.get())) {
        throw std::system_error(-rc, std::generic_category(), "seccomp");
    }
}
#endif

} // namespace

std::initializer_list<int> basic()
{
    static const std::initializer_list<int> calls = { SCMP_SYS(read), SCMP_SYS(write),
        SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(close),
        SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek), SCMP_SYS(fcntl), SCMP_SYS(dup),
        SCMP_SYS(dup3), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
        SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
        SCMP_SYS(epoll_pwait2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
        SCMP_SYS(signalfd4), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
        SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(shutdown), SCMP_SYS(getsockopt),
        SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(socketpair),
        SCMP_SYS(pipe2), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
        SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(getrandom),
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
        SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getpid),
        SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
        SCMP_SYS(getrusage), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(sched_yield),
        SCMP_SYS(sched_getaffinity), SCMP_SYS(restart_syscall), SCMP_SYS(rseq), SCMP_SYS(exit),
        SCMP_SYS(exit_group) };
    return calls;
}

void leaveNoCore()
{
    limit(RLIMIT_CORE, 0);
}

void apply(const Privileges& privileges)
{
    leaveNoCore();
    if (privileges.descriptors != 0) {
        limit(RLIMIT_NOFILE, privileges.descriptors);
    }
#ifndef FEMTOWATCH_SANITIZED
    if (privileges.memory != 0) {
        limit(RLIMIT_AS, privileges.memory);
    }
#endif
    int withParent = 0;
    ::prctl(PR_GET_PDEATHSIG, &withParent);
    if (privileges.changeIdentity) {
        changeIdentity(privileges);
    } else {
        keepCapabilities(privileges);
    }
    ::prctl(PR_SET_PDEATHSIG, withParent); // a changed identity has cleared it
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        fd::fail("prctl");
    }
#ifndef FEMTOWATCH_SANITIZED
    confine(privileges); // the sanitizers' own system calls would not pass
#endif
}

} // namespace lockdown
