// libfemtowatch-agent with programs that are not the agent: what it does to its host, and what it
// makes of a program that ends or says nonsense. With the agent it is tested in e2e.
#include "tests/embed/script.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace embed_test;

namespace {

std::atomic<int> arrivals;

void arrived(int)
{
    ++arrivals;
}

} // namespace

TEST_CASE("the agent begins with no descriptor, blocked or ignored signal of its host")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    const fd::Fd inherited(::open("/dev/zero", O_RDONLY));
    const auto pipes = ::signal(SIGPIPE, SIG_IGN);
    sigset_t mask;
    sigset_t before;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &mask, &before);

    const Script script("echo \"$@\"\ngrep -E 'Sig(Blk|Ign)' /proc/self/status\n"
                        "pwd\nfor n in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$n ] || echo $n; "
                        "done\nreadlink /proc/$$/fd/0\n");
    const Agent agent = script.start();
    REQUIRE(ended(agent));
    sigset_t after;
    ::pthread_sigmask(SIG_SETMASK, &before, &after);
    CHECK(::signal(SIGPIPE, pipes) == SIG_IGN);
    CHECK(sigismember(&after, SIGUSR1) == 1);
    CHECK(sigismember(&after, SIGTERM) == 0);

    CHECK(script.said()
        == "run --config /a.conf --status 3\nSigBlk:\t0000000000000000\n"
           "SigIgn:\t0000000000000000\n/\n0\n1\n2\n3\n/dev/null\n"); // the script itself is at 10
}

TEST_CASE("its log can be any descriptor, one that it gives away too")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    const Script script("echo heard\n");
    const fd::Fd log(::open(script.log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const fd::Fd errors(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10));
    const fd::Fd input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10));
    REQUIRE(::dup2(log.get(), STDIN_FILENO) == STDIN_FILENO);
    femtowatch_agent_options options = FEMTOWATCH_AGENT_OPTIONS_INIT;
    options.config_file = "/a.conf";
    options.program = script.program.c_str();
    options.log_fd = STDIN_FILENO;
    femtowatch_agent* made = nullptr;
    const int error = femtowatch_agent_start(&options, &made);
    ::dup2(input.get(), STDIN_FILENO);
    REQUIRE(error == 0);
    const Agent agent(made, &femtowatch_agent_free);
    CHECK(ended(agent));
    CHECK(script.said() == "heard\n");
}

TEST_CASE("what cannot be executed is said at once")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    Script script("");
    script.program += "-absent";
    CHECK_FALSE(script.start(-ENOENT));
    script.program = script.folder.path.string();
    CHECK_FALSE(script.start(-EACCES));
    script.program = "relative";
    CHECK_FALSE(script.start(-EINVAL));
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1); // and leaves no child
}

TEST_CASE("options of another version")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    const Script script("exit 0\n");
    struct {
        femtowatch_agent_options known FEMTOWATCH_AGENT_OPTIONS_INIT;
        uint64_t later = 0;
    } options;
    options.known.size = sizeof options;
    options.known.config_file = "/a.conf";
    options.known.program = script.program.c_str();
    femtowatch_agent* made = nullptr;
    CHECK(femtowatch_agent_start(&options.known, &made) == 0); // not used by who set it
    const Agent agent(made, &femtowatch_agent_free);
    CHECK(ended(agent));
    options.later = 1;
    CHECK(femtowatch_agent_start(&options.known, &made) == -E2BIG);
    CHECK_FALSE(made);
    options.known.size = 0;
    CHECK(femtowatch_agent_start(&options.known, &made) == -EINVAL);
    CHECK(femtowatch_agent_start(nullptr, &made) == -EINVAL);
}

TEST_CASE("states and the end, as told")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    const Script script("printf 'agent 1.2.3\\nlater word\\nserving\\n' >&3\n"
                        "printf 'exit 2 no such user\\n' >&3\nexit 2\n");
    const Agent agent = script.start();
    CHECK(status(agent).state == FEMTOWATCH_AGENT_STARTING);
    CHECK(status(agent).pid > 1);
    REQUIRE(ended(agent));
    const femtowatch_agent_status end = status(agent);
    CHECK(std::string(end.version) == "1.2.3");
    CHECK(std::string(end.reason) == "no such user");
    CHECK(end.exit_status == 2);
    CHECK(end.exit_signal == 0);
    CHECK(end.pid == 0);
    pollfd nothing { femtowatch_agent_fd(agent.get()), POLLIN, 0 };
    CHECK(::poll(&nothing, 1, 0) == 0); // a loop does not spin
    CHECK(femtowatch_agent_process(agent.get()) == 0);
    CHECK(femtowatch_agent_kill(agent.get()) == 0);
}

TEST_CASE("asked to end, it reads the end of its socket and may still say something")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    const Script script("echo serving >&3\nread line <&3\necho 'exit 0' >&3\n");
    const Agent agent = script.start();
    REQUIRE(readable(agent));
    CHECK(femtowatch_agent_process(agent.get()) == 1);
    CHECK(status(agent).state == FEMTOWATCH_AGENT_RUNNING);
    CHECK(femtowatch_agent_stop(agent.get()) == 0);
    CHECK(status(agent).state == FEMTOWATCH_AGENT_STOPPING);
    REQUIRE(ended(agent));
    CHECK(status(agent).exit_status == 0);
}

TEST_CASE("one that does not end is killed")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    const Script script("trap '' TERM\nexec sleep 600\n");
    const Agent agent = script.start();
    CHECK(femtowatch_agent_stop(agent.get()) == 0);
    CHECK(femtowatch_agent_wait(agent.get(), 50) == 0);
    CHECK(femtowatch_agent_kill(agent.get()) == 0);
    REQUIRE(ended(agent));
    CHECK(status(agent).exit_status == -1);
    CHECK(status(agent).exit_signal == SIGKILL);
}

TEST_CASE("a line without end is no agent's")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    const Script script("yes no-end | tr -d '\\n' | head -c 20000 >&3\nexec sleep 600\n");
    const Agent agent = script.start();
    int said = 0;
    while (said == 0 && readable(agent)) {
        said = femtowatch_agent_process(agent.get());
    }
    CHECK(said == -EPROTO);
    REQUIRE(ended(agent));
    CHECK(status(agent).exit_signal == SIGKILL);
}

TEST_CASE("a host that waits for any child, or for none, does no harm")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    SECTION("waited for")
    {
        const Script script("echo 'exit 3' >&3\nexit 3\n");
        const Agent agent = script.start();
        REQUIRE(::waitpid(-1, nullptr, 0) == status(agent).pid);
        REQUIRE(ended(agent));
        CHECK(status(agent).exit_status == 3); // it has said so itself
        CHECK(status(agent).exit_signal == 0);
    }
    SECTION("ignored")
    {
        const auto before = ::signal(SIGCHLD, SIG_IGN);
        const Script script("kill -9 $$\n");
        const Agent agent = script.start();
        const bool end = ended(agent);
        ::signal(SIGCHLD, before);
        REQUIRE(end);
        CHECK(status(agent).exit_status == -1);
        CHECK(status(agent).exit_signal == -1);
    }
    SECTION("handled")
    {
        arrivals = 0;
        struct sigaction handler { };
        struct sigaction before { };
        handler.sa_handler = &arrived;
        REQUIRE(::sigaction(SIGCHLD, &handler, &before) == 0);
        const Script script("exit 0\n");
        const Agent agent = script.start();
        const bool end = ended(agent);
        struct sigaction after { };
        ::sigaction(SIGCHLD, &before, &after);
        REQUIRE(end);
        CHECK(after.sa_handler == &arrived);
        CHECK(arrivals == 1);
    }
}
