#include "agent/gate/ssh_warm.h"
#include "agent/gate/ssh_server.h"
#include "common/log.h"

#include <libssh/libssh.h>
#include <memory>

namespace agent::gate {

namespace {

constexpr int MostRounds = 200;

struct FreeSession {
    void operator()(ssh_session session) const noexcept { ssh_free(session); }
};

} // namespace

void warmUp(const SshIdentity& identity)
try { // boundary: nothing depends on it
    auto [near, far] = fd::socketPair();
    const Access nobody;
    SshServer server(std::move(near), identity, nobody);
    const std::unique_ptr<ssh_session_struct, FreeSession> client(ssh_new());
    const int number = far.release(); // libssh's now
    const bool readFiles = false;
    ssh_options_set(client.get(), SSH_OPTIONS_FD, &number);
    ssh_options_set(client.get(), SSH_OPTIONS_HOST, "self");
    ssh_options_set(client.get(), SSH_OPTIONS_USER, "self");
    ssh_options_set(client.get(), SSH_OPTIONS_PROCESS_CONFIG, &readFiles);
    ssh_set_blocking(client.get(), 0);
    int rc = SSH_AGAIN;
    for (int i = 0; i < MostRounds && rc == SSH_AGAIN && !server.ended(); ++i) {
        rc = ssh_connect(client.get());
        server.process();
    }
    for (int i = 0; i < MostRounds && rc == SSH_OK && !server.ended(); ++i) {
        if (ssh_userauth_none(client.get(), nullptr) != SSH_AUTH_AGAIN) {
            break;
        }
        server.process();
    }
    server.close("");
} catch (const std::exception& e) {
    logging::debug(std::string("gate is not warmed up: ") + e.what());
}

} // namespace agent::gate
