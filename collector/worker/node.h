// A node that this worker looks after: its session, made again when it ends, what is believed of
// the node, and the verdicts on that.
#pragma once

#include "collector/worker/assignment.h"
#include "collector/worker/belief.h"
#include "collector/worker/chain.h"
#include "collector/worker/conversation.h"
#include "collector/worker/judge.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace collector {

class Node {
public:
    Node(Shared& shared, Assignment assignment);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    const Assignment& assignment() const { return assignment_; }
    /// A new assignment of the same node: the session is kept if it is right for it.
    void reassign(Assignment assignment);
    /// A session that called home and proved to hold a host key that is pinned.
    void takeCall(std::unique_ptr<SshClient> client, const std::string& fingerprint);
    void judgeAll();
    void collectionChanged();
    void pause(bool pausing);
    /// Adds the state of categories that changed to the batch.
    void closeBatch();

private:
    // node.cpp: the session
    void enter();
    void connect();
    std::string hostKeyTypes() const;
    std::string mismatch() const; // what is said of host keys of which none is pinned
    SshClient::Events events();
    void hostKey(const std::string& fingerprint, const std::string& type);
    void opened();
    void received(std::string_view bytes);
    void ended(SshClient::End end);
    void retryLater();
    void event(const char* what, nlohmann::json members);

    // node_reports.cpp: what it says
    void arrived(Report report);
    void process();
    void apply(Chain::Item item);
    void configSeen(const Report& report);
    void live(yang::Node status);
    void repair();
    void lost(const Gap& gap);
    void collect();
    void collected(const std::string& error);
    void recovered();
    void take(const Belief::Effect& effect);

    // node_verdicts.cpp: what is to be thought of it
    void judge(const std::set<std::string>& changed);
    void emit(const std::string& category, const std::vector<Result>& results);
    CollectionFacts facts() const;
    void heard();
    void watchSilence();

    Shared& shared_;
    Assignment assignment_;
    Chain chain_;
    Belief belief_;
    Wanted wanted_;

    // The session.
    std::unique_ptr<SshClient> client_;
    std::unique_ptr<Conversation> talk_;
    std::string fingerprint_; // of the host key of the session
    std::string rightType_; // of the host key that is pinned, once it was seen
    std::map<std::string, std::string>
        wrongKeys_; // type -> fingerprint, not pinned, of this attempt
    bool tryOther_ = false; // the next attempt is for keys of other types
    std::string logTime_; // eventTime of the last report taken
    bool live_ = false;
    std::set<std::string> strangers_; // other node-ids seen in this session
    std::chrono::milliseconds retry_ { 0 };
    loop::Loop::TimerId retryTimer_ = 0;
    uint64_t ticket_ = 0; // for beginning a session
    loop::Moment began_ {}; // when the session became live

    // Repair.
    std::optional<Gap> resending_;
    loop::Loop::TimerId resendTimer_ = 0;
    bool collecting_ = false;
    std::chrono::milliseconds collectRetry_ { 0 };
    loop::Loop::TimerId collectTimer_ = 0;
    loop::Loop::TimerId restoreTimer_ = 0;
    std::vector<Gap> lost_; // until everything was collected anew

    // Verdicts.
    std::vector<std::string> weakened_;
    loop::Moment heard_;
    bool silent_ = false;
    loop::Loop::TimerId silenceTimer_ = 0;
    std::set<std::string> changedState_; // categories whose state is to go into the batch
    std::map<std::string, std::string> emitted_; // by category: digest of what was emitted last
};

} // namespace collector
