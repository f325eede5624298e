// One session of a fake node, served without hurry: it blocks.
#pragma once

#include "fake_node.h"

#include <libssh/libssh.h>
#include <memory>
#include <vector>

namespace fake {

class ServerKey {
public:
    explicit ServerKey(bool ecdsa);
    std::string fingerprint() const;
    /// As a file holds it.
    std::string text() const;
    ssh_key raw() const { return key_.get(); }

private:
    std::unique_ptr<ssh_key_struct, void (*)(ssh_key)> key_;
};

/// Until the session ends. Throws if the test has ended.
void serve(Script& script, const std::vector<ServerKey>& keys, fd::Fd socket, int control);

} // namespace fake
