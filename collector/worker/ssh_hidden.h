// Inside of the SSH client: its state, phase by phase.
#pragma once

#include "collector/worker/ssh_client.h"
#include "collector/worker/ssh_session.h"
#include "collector/worker/tcp.h"
#include "common/text.h"

namespace collector {

enum class Phase { Connect, KeyExchange, HostKey, Authentication, Channel, Subsystem, Open, Ended };

struct SshClient::Hidden {
    loop::Loop& loop;
    const ClientKey& key;
    fd::Fd socket;
    Events events;
    SshLimits limits;
    std::string hostKeyTypes;
    std::string peer;

    Phase phase = Phase::Connect;
    Session session;
    ssh_channel channel = nullptr; // the session's
    ssh_channel_callbacks_struct callbacks {};
    ssh_counter_struct counter {};
    std::string in; // what the channel brought in this round
    std::string out; // not yet taken by libssh
    bool erred = false; // the node wrote to stderr
    bool ofChannel = false; // the node closed the channel
    bool paused = false;
    bool pumping = false; // pump() is on the stack
    uint64_t seen = 0; // bytes that had come at the last keepalive
    unsigned unanswered = 0;
    loop::Loop::TimerId deadline = 0;
    loop::Loop::TimerId keepalive = 0;
    loop::Loop::TimerId ending = 0;

    Hidden(loop::Loop& theLoop, const ClientKey& theKey, fd::Fd theSocket, Events theEvents,
        SshLimits theLimits, std::string types)
        : loop(theLoop)
        , key(theKey)
        , socket(std::move(theSocket))
        , events(std::move(theEvents))
        , limits(theLimits)
        , hostKeyTypes(std::move(types))
        , peer(peerName(socket.get()))
    {
        begin();
    }
    ~Hidden()
    {
        drop();
        loop.cancel(ending);
    }

    void begin();
    void enter(Phase next, std::chrono::milliseconds most);
    void drop();
    void end(const std::string& reason, bool refused = false);
    std::string error() const { return text::quoted(ssh_get_error(session.get())); }

    void woken(uint32_t ready);
    void pump();
    bool step();
    bool connected();
    bool exchanged();
    bool authenticated();
    bool opened();
    bool subsystem();
    bool transfer();
    void write();
    void rearm();
    void alive();

    static int data(ssh_session, ssh_channel, void* bytes, uint32_t size, int isError, void* self)
    {
        auto& hidden = *static_cast<Hidden*>(self);
        if (isError != 0) {
            hidden.erred = true;
        } else {
            hidden.in.append(static_cast<const char*>(bytes), size);
        }
        return static_cast<int>(size);
    }
    static void closed(ssh_session, ssh_channel, void* self)
    {
        static_cast<Hidden*>(self)->ofChannel = true;
    }
};

} // namespace collector
