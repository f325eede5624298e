// What a user may read of several data trees, as one tree. A single tree that may be read as a
// whole is its own view. Else nothing big is copied: containers that may be read as a whole are
// taken out of their trees for as long as the view exists, and are then put back. The trees must
// not be looked at meanwhile.
#pragma once

#include "agent/server/access.h"
#include "agent/server/filter.h"
#include "common/yang.h"

#include <vector>

namespace agent {

class View {
public:
    /// Trees may share top-level containers, which become one. What the filter cannot select may be
    /// left out.
    View(Access& access, const std::string& user, const Filter& filter,
        const std::vector<const lyd_node*>& trees);
    ~View();
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    const lyd_node* first() const { return first_; }

private:
    View(Access& access, const std::string& user)
        : access_(access)
        , user_(user)
    {
    }
    struct Moved {
        lyd_node* node;
        lyd_node* parent;
    };
    bool mayReadAll(const lyd_node* first) const;
    bool add(lyd_node* node, lyd_node* parent);
    void insert(lyd_node* node, lyd_node* parent);
    bool addChildren(lyd_node* node, lyd_node* copy);

    Access& access_;
    const std::string& user_;
    lyd_node* first_ = nullptr;
    bool mine_ = true; // what first_ leads to
    std::vector<Moved> moved_;
};

} // namespace agent
