#include "fake_session.h"
#include "common/netconf_frame.h"

#include <cstring>
#include <libssh/server.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

// The messages of libssh's server are marked as deprecated in favour of callbacks; here they are
// the shorter way.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace fake {

namespace {

using netconf_frame::Framing;

struct FreeSession {
    void operator()(ssh_session it) const noexcept { ssh_free(it); }
};
struct FreeBind {
    void operator()(ssh_bind it) const noexcept { ssh_bind_free(it); }
};

std::string replaced(std::string text, const std::string& what, const std::string& with)
{
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
    }
    return text;
}

class Served {
public:
    Served(Script& script, const std::vector<ServerKey>& keys, int control)
        : script_(script)
        , keys_(keys)
        , control_(control)
        , bind_(ssh_bind_new())
        , session_(ssh_new())
        , decoder_(8u << 20)
    {
    }

    void run(fd::Fd socket)
    {
        const bool off = false;
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &off);
        for (const ServerKey& key : keys_) { // each is taken over, and so given a copy
            ssh_key copy = nullptr;
            ssh_pki_import_privkey_base64(key.text().c_str(), nullptr, nullptr, nullptr, &copy);
            ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_IMPORT_KEY, copy);
        }
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (ssh_bind_accept_fd(bind_.get(), session_.get(), socket.release()) != SSH_OK
            || ssh_handle_key_exchange(session_.get()) != SSH_OK || !logIn()) {
            return;
        }
        talk();
    }

private:
    void say(const std::string& word) const
    {
        if (::send(control_, word.data(), word.size(), MSG_NOSIGNAL) < 0) {
            throw std::runtime_error("the test has ended");
        }
    }

    bool logIn()
    {
        while (ssh_message const message = ssh_message_get(session_.get())) {
            const std::unique_ptr<ssh_message_struct, void (*)(ssh_message)> guard(
                message, [](ssh_message it) { ssh_message_free(it); });
            const int type = ssh_message_type(message);
            const int kind = ssh_message_subtype(message);
            if (type == SSH_REQUEST_AUTH && kind == SSH_AUTH_METHOD_PUBLICKEY) {
                say("key");
                if (!script_.acceptsKey) {
                    ssh_message_auth_set_methods(message, SSH_AUTH_METHOD_PUBLICKEY);
                    ssh_message_reply_default(message);
                } else if (ssh_message_auth_publickey_state(message) == SSH_PUBLICKEY_STATE_VALID) {
                    say("user " + std::string(ssh_message_auth_user(message)));
                    ssh_message_auth_reply_success(message, 0);
                } else {
                    ssh_message_auth_reply_pk_ok_simple(message);
                }
            } else if (type == SSH_REQUEST_CHANNEL_OPEN) {
                channel_ = ssh_message_channel_request_open_reply_accept(message);
            } else if (type == SSH_REQUEST_CHANNEL && kind == SSH_CHANNEL_REQUEST_SUBSYSTEM) {
                ssh_message_channel_request_reply_success(message);
                return true;
            } else {
                ssh_message_reply_default(message);
            }
        }
        return false;
    }

    void write(const std::string& bytes)
    {
        size_t done = 0;
        while (done < bytes.size()) {
            const int n = ssh_channel_write(channel_, bytes.data() + done,
                static_cast<uint32_t>(std::min<size_t>(bytes.size() - done, 32768)));
            if (n <= 0) {
                throw std::length_error("the peer is gone");
            }
            done += static_cast<size_t>(n);
        }
    }

    void send(const std::string& xml)
    {
        std::string text = xml;
        if (text.find("@SEQ@") != std::string::npos) {
            text = replaced(text, "@SEQ@", std::to_string(++script_.last));
        }
        if (text.find("@GAP@") != std::string::npos) { // one is left out
            script_.last += 2;
            text = replaced(text, "@GAP@", std::to_string(script_.last));
        }
        write(netconf_frame::encode(
            framing_, replaced(text, "@LAST@", std::to_string(script_.last))));
    }

    void hello()
    {
        write(netconf_frame::encode(Framing::EndOfMessage,
            std::string("<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"
                        "<capability>urn:ietf:params:netconf:base:1.0</capability>")
                + (script_.base11 ? "<capability>urn:ietf:params:netconf:base:1.1</capability>"
                                  : "")
                + "</capabilities><session-id>7</session-id></hello>"));
    }

    void odd(const std::string& bytes)
    {
        if (script_.drip) {
            for (const char c : bytes) {
                write(std::string(1, c));
                ::usleep(200'000);
            }
        } else {
            write(bytes);
        }
        if (!script_.closes) {
            silent_ = true;
        } else {
            open_ = false;
        }
    }

    void talk()
    {
        if (!script_.instead.empty()) {
            odd(script_.instead);
        } else {
            hello();
            if (!script_.afterHello.empty()) {
                odd(script_.afterHello);
            }
        }
        while (open_ && ssh_channel_is_open(channel_) && !ssh_channel_is_eof(channel_)) {
            pollfd fds[2] = { { ssh_get_fd(session_.get()), POLLIN, 0 }, { control_, POLLIN, 0 } };
            if (!take()) {
                ::poll(fds, 2, 1000);
            }
            if (fds[1].revents != 0) {
                control();
            }
        }
        if (!open_) {
            ssh_channel_close(channel_);
            ssh_blocking_flush(session_.get(), 1000);
        }
    }

    bool take()
    {
        char block[16384];
        const int n = ssh_channel_read_nonblocking(channel_, block, sizeof block, 0);
        if (n < 0) {
            open_ = false;
            return true;
        }
        if (n == 0 || silent_) {
            return n != 0;
        }
        decoder_.add(std::string_view(block, static_cast<size_t>(n)));
        while (const auto message = decoder_.next()) {
            answer(*message);
        }
        return true;
    }

    void control()
    {
        char block[65536];
        const ssize_t n = ::recv(control_, block, sizeof block, MSG_DONTWAIT);
        if (n == 0) {
            throw std::runtime_error("the test has ended");
        }
        if (n < 0) {
            return;
        }
        const std::string what(block + 1, static_cast<size_t>(n) - 1);
        switch (block[0]) {
        case 'N':
            send(what);
            break;
        case 'R':
            write(what);
            break;
        case 'S':
            script_.status = what;
            break;
        case 'F':
            for (int i = std::stoi(what); i > 0; --i) {
                send(script_.flood);
            }
            break;
        case 'C':
            open_ = false;
            break;
        }
    }

    void answer(const std::string& message)
    {
        if (message.find("<hello") != std::string::npos) {
            if (script_.base11) {
                framing_ = Framing::Chunked;
                decoder_.use(framing_);
            }
            return;
        }
        const size_t at = message.find("message-id=\"") + 12;
        id_ = message.substr(at, message.find('"', at) - at);
        const size_t body = message.find('<', message.find("<rpc") + 1) + 1;
        const std::string name = message.substr(body, message.find_first_of(" />", body) - body);
        say(name);
        if (name == "get") {
            reply("<data>" + script_.status + "</data>");
        } else if (name == "edit-config" && !script_.acceptsEdit) {
            reply("<rpc-error><error-type>protocol</error-type><error-tag>access-denied"
                  "</error-tag><error-severity>error</error-severity></rpc-error>");
        } else if (name == "create-subscription") {
            reply("<ok/>");
            if (message.find("startTime") != std::string::npos) {
                sendAll(script_.replay);
                send("<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
                     "<eventTime>2026-11-24T00:00:00Z</eventTime><replayComplete "
                     "xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/></notification>");
            }
            sendAll(script_.live);
        } else if (name == "resend-reports") {
            reply("<resent xmlns=\"urn:femtowatch:yang:femto-security\">"
                + std::to_string(script_.resend.size()) + "</resent>");
            sendAll(script_.resend);
        } else if (name == "collect-now") {
            sendAll(script_.collect);
            reply("<node-id xmlns=\"urn:femtowatch:yang:femto-security\">x</node-id>");
        } else {
            reply("<ok/>");
        }
    }

    void reply(const std::string& content)
    {
        send("<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"" + id_
            + "\">" + content + "</rpc-reply>");
    }

    void sendAll(const std::vector<std::string>& all)
    {
        for (const std::string& one : all) {
            send(one);
        }
    }

    Script& script_;
    const std::vector<ServerKey>& keys_;
    int control_;
    std::unique_ptr<ssh_bind_struct, FreeBind> bind_;
    std::unique_ptr<ssh_session_struct, FreeSession> session_;
    ssh_channel channel_ = nullptr;
    netconf_frame::Decoder decoder_;
    Framing framing_ = Framing::EndOfMessage;
    std::string id_;
    bool silent_ = false;
    bool open_ = true;
};

std::string fingerprintOf(ssh_key key)
{
    unsigned char* hash = nullptr;
    size_t size = 0;
    ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size);
    char* const text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
    std::string out = text;
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
    return out;
}

} // namespace

ServerKey::ServerKey(bool ecdsa)
    : key_(nullptr, &ssh_key_free)
{
    ssh_key key = nullptr;
    if (ssh_pki_generate(ecdsa ? SSH_KEYTYPE_ECDSA_P256 : SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK) {
        throw std::runtime_error("no key");
    }
    key_.reset(key);
}

std::string ServerKey::fingerprint() const
{
    return fingerprintOf(raw());
}

std::string ServerKey::text() const
{
    char* text = nullptr;
    if (ssh_pki_export_privkey_base64(raw(), nullptr, nullptr, nullptr, &text) != SSH_OK) {
        throw std::runtime_error("no key");
    }
    std::string out = text;
    ssh_string_free_char(text);
    return out;
}

void serve(Script& script, const std::vector<ServerKey>& keys, fd::Fd socket, int control)
{
    try {
        Served(script, keys, control).run(std::move(socket));
    } catch (const std::length_error&) { // the peer is gone
    } catch (const netconf_frame::Broken&) {
    }
}

std::string newClientKey()
{
    return ServerKey(false).text();
}

} // namespace fake
