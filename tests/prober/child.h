// A child process of a test: told to be ready by a pipe, ended by its id when the test ends.
#pragma once

#include "common/fd.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

class Child {
public:
    /// Runs `prepare` in a child, which then waits; returns when it is prepared. A child that could
    /// not be prepared has ended and is not `ready`.
    explicit Child(const std::function<bool()>& prepare)
    {
        int ends[2] = { -1, -1 };
        REQUIRE(::pipe(ends) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            const bool prepared = prepare();
            if (!prepared || ::write(ends[1], "x", 1) != 1) {
                ::_exit(1);
            }
            for (;;) {
                ::pause();
            }
        }
        const fd::Fd in(ends[0]);
        ::close(ends[1]);
        char byte = 0;
        ready_ = ::read(in.get(), &byte, 1) == 1;
    }
    ~Child()
    {
        if (pid_ > 1) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const { return pid_; }
    bool ready() const { return ready_; }

private:
    pid_t pid_ = -1;
    bool ready_ = false;
};

/// A child that became another program. Returns when exec has happened: the pipe then closes.
class Program {
public:
    explicit Program(const std::function<void()>& exec)
    {
        int ends[2] = { -1, -1 };
        REQUIRE(::pipe(ends) == 0);
        REQUIRE(::fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            exec();
            ::_exit(1);
        }
        const fd::Fd in(ends[0]);
        ::close(ends[1]);
        char byte = 0;
        REQUIRE(::read(in.get(), &byte, 1) == 0);
    }
    ~Program()
    {
        if (pid_ > 1) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    pid_t pid() const { return pid_; }

private:
    pid_t pid_ = -1;
};
