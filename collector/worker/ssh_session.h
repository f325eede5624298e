// Inside of the SSH client: a libssh session set up for what we want of it, and nothing of this
// machine's or user's configuration.
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <memory>
#include <string>

namespace collector {

struct FreeSession {
    void operator()(ssh_session session) const noexcept { ssh_free(session); }
};
using Session = std::unique_ptr<ssh_session_struct, FreeSession>;

/// A non-blocking client session over a duplicate of a connected socket. The duplicate is libssh's,
/// which closes it on some errors and not on others; ssh_free() does if it is still open. Throws
/// std::runtime_error.
Session newSession(int socket, const std::string& hostKeyTypes);

/// "SHA256:..." as ssh-keygen prints it.
std::string fingerprintOf(ssh_key key);

} // namespace collector
