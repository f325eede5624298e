// Messages between coordinator, workers and the operator's command (common/frame). Fields are
// strings; JSON means nlohmann::json text with the members named here.
#pragma once

#include <cstdint>

namespace collector {

enum class Message : uint16_t {
    // coordinator -> worker
    Policy
    = 1, // text of the policy in force (RFC 7951): replaces the former, all nodes are judged again
    Collection = 2, // text: femto-security/collection that nodes shall have
    Pins = 3, // JSON: [{"node","fingerprint"...}] of nodes that call home, whoever owns them
    Listen = 4, // descriptor: listening socket for call home; shared by all workers
    Assign = 5, // JSON: {"node","address","port","user","fingerprint","call-home":bool,"profile",
    //        "epoch","sequence","log-time","heard","state"}. "address" is
    //        numeric: a worker cannot resolve names. "fingerprint" is one pin or an array of them.
    //        "state" is the latest known content: RFC 7951 of femto-security:femto-security.
    //        "epoch"/"sequence" are those of the last durable report, "log-time" its eventTime,
    //        "heard" the "received" of the last one, or the time of enrolment. Absent if there is
    //        none. An Assign of a node that is assigned replaces the former: the session is begun
    //        anew if what it depends on differs, and the profile is in force at once.
    Release = 6, // node: end its session, forget it
    Durable = 7, // batch number: all of the batch is in the store

    // worker -> coordinator
    Batch = 32, // batch number, JSON array of events, each an object with "event" and "node":
    // "connected":    {"fingerprint","peer"}
    // "disconnected": {"reason","retry-in"}
    // "refused":      {"reason"}               pin mismatch, authentication, wrong node-id: an
    // alarm
    // "report":       {"kind","epoch","sequence","time","received","categories":[...],"text"}
    //                 kind: "full", "change", "heartbeat" or "config-changed"; text: RFC 7951 of
    //                 the notification; time: its eventTime; received: by the worker's clock
    // "state":        {"category","text","generation","digest"} latest content: RFC 7951 of
    //                 femto-security:femto-security with status and inventory of this category
    // "verdicts":     {"category","results":[Result...],"policy"} complete for the category, when
    //                 they differ from the last; "policy" is its digest
    // "lost":         {"epoch","from","to","repaired":bool} a gap, and again when it is repaired
    CalledHome
    = 33, // node: a session of it was accepted here; the coordinator answers Assign or Release

    // command -> coordinator, over the control socket; each is answered once
    Request = 64, // verb ("nodes", "node", "findings", "enroll", ...), JSON of arguments
    Reply = 65, // JSON
    Refused = 66, // one line of error text
};

} // namespace collector
