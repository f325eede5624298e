// A NETCONF client over a socket pair to the real server, in one process: what a gate does, without
// SSH.
#pragma once

#include "agent/server/core.h"
#include "common/netconf_frame.h"
#include "yang/schemas.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// A folder that is gone at the end.
struct Folder {
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path;
};

/// The server, with users sec (secmf), eng (engineer), oam (oam) and none (no group).
struct Node {
    explicit Node(std::string startup = {});
    /// Turns the loop until `done` or the deadline, which fails the test.
    void until(const std::function<bool()>& done);
    /// Ends the server and starts it anew over the same folder.
    void restart();

    Folder folder;
    std::string startup;
    loop::Loop loop;
    std::vector<frame::Message> toProber;
    std::vector<std::vector<std::string>> facts;
    std::unique_ptr<agent::Core> core;
};

const yang::Context& serverContext();

class Peer {
public:
    Peer(Node& node, const std::string& user, bool greet = true);

    void send(const std::string& message);
    void sendRaw(const std::string& bytes);
    void finish(); // sends no more
    /// The next message. Fails the test if none comes.
    std::string next();
    /// Sends <rpc message-id="1"> with this content; gives the content of <rpc-reply>.
    std::string call(const std::string& operation);
    /// Whether the server has closed the connection.
    bool closed();
    /// Notifications that came instead of a reply.
    std::vector<std::string> notifications;
    std::string hello; // of the server

private:
    void fill();

    Node& node_;
    fd::Fd socket_;
    netconf_frame::Decoder decoder_;
    std::vector<std::string> arrived_;
    bool ended_ = false;
};

/// The prober has collected a category: `inventory` is the JSON of what is in its container.
void collected(Node& node, const std::string& name, const std::string& inventory);
/// <edit-config> of running with this content of <config>, and what else is given before it.
std::string edit(const std::string& config, const std::string& options = {});
/// <get-config> of running through an XPath filter, as it comes inside of <data>.
std::string config(Peer& peer, const std::string& xpath);
/// An <rpc-error> of severity error; `path` begins with the prefix that it uses:
/// fs="urn:...">/fs:...
std::string rpcError(const std::string& type, const std::string& tag, const std::string& message,
    const std::string& info = {}, const std::string& appTag = {}, const std::string& path = {});
