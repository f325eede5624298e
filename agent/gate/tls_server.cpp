#include "agent/gate/tls_server.h"
#include "agent/gate/relay.h"
#include "agent/gate/tls_openssl.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

namespace agent::gate {

namespace {

using std::chrono::steady_clock;

constexpr size_t Block = 16384; // of a record, and taken from the socket at once
constexpr int MostBlocks = 16; // in one round: others of this process want their turn
constexpr int Probes = 3; // of TCP without an answer that end the connection
// A peer can ask for new keys, or in TLS 1.2 for a new handshake, as often as it likes.
constexpr unsigned MostRequests = 32; // in each Period
constexpr std::chrono::minutes Period { 1 };
// RFC 8446, section 5.5: 2^24.5 records of AES-GCM with one key, at most.
constexpr uint64_t MostRecords = 1u << 23;

struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

/// TLS has no message that asks for a sign of life: the heartbeat that RFC 8071, section 4.1 speaks
/// of is in OpenSSL no more. The kernel can ask, though not whether the peer's program still runs.
void keepAlive(int connection, const Limits& limits)
{
    const int interval = static_cast<int>(limits.keepaliveInterval.count());
    if (interval == 0) {
        return;
    }
    const auto set = [&](int level, int option, int value) {
        ::setsockopt(connection, level, option, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, interval);
    set(IPPROTO_TCP, TCP_KEEPINTVL, interval);
    set(IPPROTO_TCP, TCP_KEEPCNT, Probes);
    // The same for bytes on their way, when the kernel does not ask; and no shorter than a peer may
    // let its window be full.
    const auto most = std::max(limits.keepaliveInterval * (Probes + 1), limits.messageTimeout);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(std::chrono::milliseconds(most).count()));
}

} // namespace

struct TlsServer::Session {
    fd::Fd connection;
    const TlsIdentity& identity;
    std::unique_ptr<SSL, FreeSsl> ssl;
    BIO* in = nullptr; // both owned by ssl
    BIO* out = nullptr;
    Queue unsent; // encrypted
    std::optional<Login> judged; // by a certificate; whether the peer has its key is not known yet
    std::optional<Login> login;
    std::string failure;
    bool over = false;
    bool finished = false; // close_notify of the peer
    bool hungUp = false; // its end of the TCP connection
    bool parted = false; // close_notify of ours
    bool shut = false;
    unsigned requests = 0;
    steady_clock::time_point since {}; // when they began to count
    uint64_t records = 0;
    std::array<char, Block> block {};

    Session(fd::Fd socket, const TlsIdentity& ours)
        : connection(std::move(socket))
        , identity(ours)
        , ssl(SSL_new(ours.raw()))
        , in(BIO_new(BIO_s_mem()))
        , out(BIO_new(BIO_s_mem()))
    {
        if (!ssl || !in || !out) {
            throw std::bad_alloc();
        }
        SSL_set_bio(ssl.get(), in, out);
        SSL_set_accept_state(ssl.get());
        SSL_set_app_data(ssl.get(), this);
        SSL_set_msg_callback(ssl.get(),
            [](int written, int, int type, const void*, size_t, SSL* of, void*) noexcept {
                if (written == 0 && type == SSL3_RT_HANDSHAKE) {
                    static_cast<Session*>(SSL_get_app_data(of))->requested();
                }
            });
    }

    /// The peer has sent a message of the handshake protocol.
    void requested()
    {
        if (!login) {
            return;
        }
        const auto now = steady_clock::now();
        if (now - since > Period) {
            since = now;
            requests = 0;
        }
        if (++requests > MostRequests) {
            fail("TLS: the peer asks for new keys too often");
        }
    }

    void fail(std::string why)
    {
        if (!over && failure.empty()) { // what was found wrong with a certificate says more
            failure = std::move(why);
        }
        over = true;
    }

    /// A call of OpenSSL did not succeed. True if it waits for bytes of the peer.
    bool waits(int result)
    {
        switch (SSL_get_error(ssl.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return true;
        case SSL_ERROR_ZERO_RETURN:
            finished = true;
            return false;
        default:
            fail("TLS: " + tls::reason());
            return false;
        }
    }

    /// While nobody wants bytes of the peer, this alone says that the connection is reset.
    void lookForReset()
    {
        pollfd one { connection.get(), 0, 0 };
        if (!parted && ::poll(&one, 1, 0) == 1) {
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(connection.get(), SOL_SOCKET, SO_ERROR, &error, &size);
            fail(error == ETIMEDOUT ? "peer is silent" : "");
        }
    }

    /// Whether bytes of the peer were there.
    bool fill()
    {
        if (over || hungUp) {
            return false;
        }
        const ssize_t n = ::recv(connection.get(), block.data(), Block, MSG_DONTWAIT);
        if (n > 0) {
            if (!finished && BIO_write(in, block.data(), static_cast<int>(n)) != n) {
                throw std::bad_alloc();
            }
            return true;
        }
        if (n == 0) {
            hungUp = true;
            over = over || !finished; // cut off (RFC 8446, section 6.1)
        } else if (errno != EAGAIN && errno != EINTR) {
            fail(errno == ETIMEDOUT ? "peer is silent" : "");
        }
        return false;
    }

    /// What OpenSSL has written goes to the socket, as far as it takes it.
    void flush()
    {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(out, &bytes);
        if (size > 0) {
            unsent.add({ bytes, static_cast<size_t>(size) });
            BIO_reset(out);
        }
        while (!unsent.empty()) {
            const std::string_view front = unsent.front();
            const ssize_t n
                = ::send(connection.get(), front.data(), front.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n > 0) {
                unsent.taken(static_cast<size_t>(n));
            } else if (errno == EINTR) {
                continue;
            } else {
                if (errno != EAGAIN) {
                    fail(errno == ETIMEDOUT ? "peer is silent" : "");
                }
                return;
            }
        }
        if (parted && !shut) {
            shut = true;
            ::shutdown(connection.get(), SHUT_WR);
        }
    }

    void shakeHands()
    {
        for (int i = 0; i < MostBlocks && !over && !login; ++i) {
            ERR_clear_error();
            const int result = SSL_do_handshake(ssl.get());
            if (result == 1) {
                login = judged;
                if (!login) {
                    fail("TLS: no certificate was judged");
                }
            } else if (!waits(result)) {
                fail("TLS: closed within the handshake");
            } else if (flush(); !fill()) {
                return;
            }
        }
    }
};

TlsServer::TlsServer(fd::Fd connection, const TlsIdentity& identity, const Access& access)
    : session_(std::make_unique<Session>(std::move(connection), identity))
{
    const int on = 1;
    ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    gate::keepAlive(fd(), access.limits);
}

TlsServer::~TlsServer() = default;

int TlsServer::judge(x509_store_ctx_st* presented, void*) noexcept
{
    // An exception (no memory) ends the process here.
    const auto* const ssl = static_cast<SSL*>(
        X509_STORE_CTX_get_ex_data(presented, SSL_get_ex_data_X509_STORE_CTX_idx()));
    Session& s = *static_cast<Session*>(SSL_get_app_data(ssl));
    TlsClients::Verdict verdict = s.identity.clients().judge(presented);
    s.judged = std::move(verdict.login);
    s.failure = std::move(verdict.why);
    return s.judged ? 1 : 0;
}

int TlsServer::fd() const
{
    return session_->connection.get();
}

void TlsServer::process()
{
    Session& s = *session_;
    if (!s.login) {
        s.shakeHands();
    }
    for (int i = 0; (s.parted || s.finished) && i < MostBlocks && s.fill(); ++i) {
        if (s.parted && !s.finished) { // nobody is there for what it says; until its close_notify
            while (SSL_read(s.ssl.get(), s.block.data(), Block) > 0) { }
            s.finished = (SSL_get_shutdown(s.ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
        }
    }
    s.flush();
    s.lookForReset();
}

bool TlsServer::listens(bool wanted) const
{
    const Session& s = *session_;
    return !s.hungUp && !s.finished && (wanted || !s.login || s.parted);
}

bool TlsServer::pending() const
{
    return !session_->unsent.empty();
}

bool TlsServer::ended() const
{
    const Session& s = *session_;
    return s.over || (s.parted && s.unsent.empty() && (s.finished || s.hungUp));
}

std::string TlsServer::failure() const
{
    return session_->over ? session_->failure : std::string();
}

bool TlsServer::finished() const
{
    return session_->finished;
}

const std::optional<Login>& TlsServer::login() const
{
    return session_->login;
}

std::string_view TlsServer::read()
{
    Session& s = *session_;
    for (int i = 0; i < MostBlocks && s.login && !s.over && !s.finished && !s.parted; ++i) {
        ERR_clear_error();
        const int n = SSL_read(s.ssl.get(), s.block.data(), Block);
        if (n > 0) {
            return { s.block.data(), static_cast<size_t>(n) };
        }
        const bool more = s.waits(n);
        s.flush(); // an answer to new keys, or an alert
        if (!more || !s.fill()) {
            break;
        }
    }
    return {};
}

size_t TlsServer::write(std::string_view bytes)
{
    Session& s = *session_;
    size_t done = 0;
    while (done < bytes.size() && s.unsent.empty() && !s.over && !s.parted) {
        ERR_clear_error();
        if (++s.records % MostRecords == 0 && SSL_version(s.ssl.get()) == TLS1_3_VERSION) {
            SSL_key_update(s.ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
        }
        const int n = SSL_write(s.ssl.get(), bytes.data() + done,
            static_cast<int>(std::min(bytes.size() - done, Block)));
        if (n <= 0) {
            s.waits(n);
            break;
        }
        done += static_cast<size_t>(n);
        s.flush();
    }
    return done;
}

void TlsServer::part(int)
{
    Session& s = *session_;
    s.parted = true;
    ERR_clear_error();
    SSL_shutdown(s.ssl.get());
    s.flush();
}

void TlsServer::close(const std::string& reason)
{
    Session& s = *session_;
    if (s.login && !s.over && !s.parted) {
        part(1);
    }
    if (!reason.empty() && !s.hungUp) {
        s.flush(); // an alert
        hearOut(fd());
    }
    s.over = true;
}

} // namespace agent::gate
