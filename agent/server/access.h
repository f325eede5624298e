// Access control of RFC 8341 over the nacm container of the running datastore. There is no recovery
// session: every user is subject to it. The extensions default-deny-all and default-deny-write bind
// what is below the node that has them, too.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

struct lysc_node;

namespace agent {

class Access {
public:
    enum Operation : unsigned { Create = 1, Read = 2, Update = 4, Delete = 8, Exec = 16 };
    /// What of a subtree a user may read. Some: it has to be looked at node by node.
    enum class Reach { None, Some, All };

    explicit Access(const yang::Context& context);
    ~Access();

    /// Takes the rules of a datastore.
    void configure(const yang::Tree& running);

    bool mayCall(const std::string& user, const lysc_node* rpc);
    /// Whether a node may be created, changed or deleted; ancestors not included.
    bool mayWrite(const std::string& user, Operation operation, const lyd_node* node);
    bool mayReceive(const std::string& user, const lysc_node* notification);
    Reach mayRead(const std::string& user, const lyd_node* node);
    /// The same of all instances of an inner schema node.
    Reach mayRead(const std::string& user, const lysc_node* node);

    // Counters of /nacm: requests and notifications refused since the start.
    uint32_t deniedOperations = 0;
    uint32_t deniedWrites = 0;
    uint32_t deniedNotifications = 0;

private:
    struct Rule;
    struct Rules;
    struct Hidden;
    Rules& of(const std::string& user);
    bool decide(const Rules& rules, const lysc_node* schema, const lyd_node* instance) const;
    Reach reach(Rules& rules, const lysc_node* schema) const;

    std::unique_ptr<Hidden> hidden_;
};

} // namespace agent
