// The running datastore: a valid configuration tree, in a file of the state folder before a change
// of it is acknowledged (RFC 7951), and its lock.
#pragma once

#include "agent/server/edit.h"
#include "common/clock.h"
#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

class Datastore {
public:
    /// Reads running.json of `folder`; if that is damaged, the copy before the last change; else
    /// the startup data: those that are embedded, with `startup` (RFC 7951 text) merged in. A
    /// damaged file is kept as running.json.broken. None of it opens access: what the last resort
    /// permits is what the operator's startup file says. Throws yang::Error if that is not valid.
    Datastore(const yang::Context& context, std::string folder, const std::string& startup);

    const yang::Tree& running() const { return running_; }

    /// Makes `next` valid with its defaults. Throws RpcError.
    void validate(yang::Tree& next) const;
    /// Stores and then takes over what validate() has passed. Throws RpcError: then nothing has
    /// changed, in the file neither.
    void commit(yang::Tree next);

    struct Lock {
        uint32_t session;
        std::string since;
    };
    const std::optional<Lock>& lock() const { return lock_; }
    /// Throws RpcError.
    void lock(uint32_t session);
    void unlock(uint32_t session);
    /// At the end of a session.
    void release(uint32_t session);
    /// Throws RpcError if another session has the lock.
    void mayChange(uint32_t session) const;

private:
    std::optional<yang::Tree> load(const std::string& name) const;

    const yang::Context& context_;
    std::string folder_;
    yang::Tree running_;
    std::optional<Lock> lock_;
};

} // namespace agent
