// Who owns which node: the workers that are there, and the assignment of nodes to them. A node
// stays with its worker; when a worker is (back) there it is given the nodes that are its own or
// nobody's. A node that calls home goes to the worker that took its call.
#pragma once

#include "collector/coordinator/store.h"
#include "common/frame.h"

#include <functional>
#include <map>
#include <string>

namespace collector {

class Fleet {
public:
    using Send = std::function<void(const std::string& worker, frame::Message message)>;

    Fleet(Store& store, Send send);

    /// What workers are told when they start, and at once if they run.
    void setPolicy(const std::string& text);
    void setCollection(const std::string& text);
    /// A descriptor of a socket that listens for call home; -1 for none.
    void setListener(int fd) { listener_ = fd; }

    void workerStarted(const std::string& worker);
    void workerEnded(const std::string& worker);
    /// A node was enrolled or dismissed.
    void changed();
    /// A worker has a session of a node that called home.
    void calledHome(const std::string& worker, const std::string& node);

private:
    void assign(const std::string& worker, const Enrolment& node);
    void tell(const std::string& worker);
    std::string pins() const;
    std::string leastLoaded() const;

    Store& store_;
    Send send_;
    std::string policy_;
    std::string collection_;
    int listener_ = -1;
    std::map<std::string, Enrolment> nodes_;
    std::map<std::string, std::string> owner_; // node -> worker
    std::map<std::string, bool> workers_; // whether it runs
};

} // namespace collector
