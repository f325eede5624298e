// Messages between the processes of the agent (common/frame): type and fields. Trees travel as
// RFC 7951 text and are parsed strictly and validated on arrival.
#pragma once

#include <cstdint>

namespace agent {

enum class Message : uint16_t {
    // supervisor -> any child, over its control socket
    Peer = 1, // role ("prober", "server", "gate"); descriptor: socket to that process, replaces an
    // earlier one

    // server -> prober
    Configure = 16, // text: femto-security/collection with defaults made explicit
    Collect = 17, // token, category name... : read these now

    // prober -> server
    Collected = 32, // category name, token or "", text: status/category and inventory of one
    // category. Instead of the same inventory once more a fourth field may follow, "unchanged":
    // text then holds the status/category alone (collected or partial), and the content is that of
    // the last Collected of this category on this socket, which must have had one. Not in answer to
    // a Collect: that is always answered with the whole. A server that holds no content for an
    // "unchanged" (the category was disabled meanwhile) asks for it by a Collect with token "".

    // prober -> supervisor
    FactsJudged = 33, // file of facts-directory, "INODE:SECONDS.NANOSECONDS" of it as it was read
    // (9 digits), category with its module, "accepted", "conflict" or "refused", and why or "".
    // Whenever one of these has changed for a file and a category

    // server -> supervisor -> gate
    Access = 48, // one field a fact, words divided by tabs; replaces all earlier facts:
    //   listen NAME ADDRESS PORT              (listen-tls for TLS)
    //   call-home NAME ADDRESS PORT MIN-BACKOFF MAX-BACKOFF START-WITH MAX-ATTEMPTS
    //                                         (call-home-tls for TLS; times in seconds)
    //   call-home-alternative NAME ADDRESS PORT            (in order, behind that fact)
    //   call-home-periodic NAME PERIOD ANCHOR IDLE-TIMEOUT (seconds; since the epoch or -)
    //   host-key NAME FILE
    //   user-key USER ALGORITHM BASE64
    //   tls-identity KEY-FILE CERTIFICATE-FILE      (if an endpoint or target has TLS)
    //   trust-anchor NAME BASE64
    //   client-certificate NAME BASE64
    //   cert-to-name ID FINGERPRINT MAP-TYPE NAME   (in base64; - if it is not specified)
    //   limit LEAF VALUE      (every leaf of agent-access/limits)

    // gate -> supervisor
    Serving = 49, // the latest facts hold: endpoints that can be opened are open

    // gate's listener -> server
    AccessState = 50, // what agent-access/statistics shows; replaces all earlier ones:
    //   since SECONDS                        (since the epoch)
    //   connections NUMBER
    //   unauthenticated NUMBER
    //   sessions NUMBER
    //   limit LEAF NUMBER
    //   target NAME STATE SINCE ADDRESS PORT CALLS SESSIONS FAILURE      (in base64; - for none)
    Session = 64, // remote address, remote port, "listen" or "call-home", "ssh" or "tls";
    // descriptor: socket to a gate

    // gate -> server, the first bytes on that socket, once the peer is authenticated and has opened
    // the subsystem. Behind it comes NETCONF as a client of base:1.1 speaks it (RFC 6242): a hello
    // that ends with the end-of-message mark, there already when the socket arrives, and then
    // messages in chunked framing. The server answers alike. The gate translates for a peer without
    // base:1.1.
    Login = 65, // user name
};

} // namespace agent
