#include "tests/gate/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>

namespace gate_test {

using netconf_frame::Framing;

Key makeKey(ssh_keytypes_e type, int bits)
{
    ssh_key key = nullptr;
    if (ssh_pki_generate(type, bits, &key) != SSH_OK) {
        throw std::runtime_error("no key");
    }
    return Key(key);
}

std::string userKey(const std::string& user, const Key& key)
{
    char* base64 = nullptr;
    ssh_pki_export_pubkey_base64(key.get(), &base64);
    std::string fact = "user-key\t" + user + "\t" + ssh_key_type_to_char(ssh_key_type(key.get()))
        + "\t" + base64;
    ssh_string_free_char(base64);
    return fact;
}

Ssh sessionOver(fd::Fd connection)
{
    Ssh ssh(ssh_new());
    const bool no = false;
    const int fd = connection.release();
    const int on = 1; // Nagle's algorithm would add 40 ms to each step of a login
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ssh_options_set(ssh.get(), SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(ssh.get(), SSH_OPTIONS_FD, &fd);
    ssh_options_set(ssh.get(), SSH_OPTIONS_PROCESS_CONFIG, &no);
    return ssh;
}

bool agrees(uint16_t port, std::initializer_list<std::pair<ssh_options_e, const char*>> options)
{
    const Ssh ssh = sessionOver(connectTo(port));
    for (const auto& [option, value] : options) {
        if (ssh_options_set(ssh.get(), option, value) != SSH_OK) {
            throw std::runtime_error(ssh_get_error(ssh.get()));
        }
    }
    return ssh_connect(ssh.get()) == SSH_OK;
}

Client::Client(uint16_t port, const std::string& user)
    : Client(connectTo(port), user)
{
}

Client::Client(fd::Fd connection, const std::string& user)
    : ssh(sessionOver(std::move(connection)))
{
    const long timeout = 10;
    ssh_options_set(ssh.get(), SSH_OPTIONS_USER, user.c_str());
    ssh_options_set(ssh.get(), SSH_OPTIONS_TIMEOUT, &timeout);
    if (ssh_connect(ssh.get()) != SSH_OK) {
        throw std::runtime_error(ssh_get_error(ssh.get()));
    }
}

int Client::authenticate(const Key& key)
{
    return ssh_userauth_publickey(ssh.get(), nullptr, key.get());
}

bool Client::open(const std::string& subsystem)
{
    channel = ssh_channel_new(ssh.get());
    return ssh_channel_open_session(channel) == SSH_OK
        && ssh_channel_request_subsystem(channel, subsystem.c_str()) == SSH_OK;
}

void Client::write(std::string_view bytes)
{
    const int n = ssh_channel_write(channel, bytes.data(), static_cast<uint32_t>(bytes.size()));
    if (n != static_cast<int>(bytes.size())) {
        throw std::runtime_error(std::string("write: ") + ssh_get_error(ssh.get()));
    }
}

std::string Client::read(size_t most)
{
    std::string block(most, '\0');
    const int n = ssh_channel_read_timeout(
        channel, block.data(), static_cast<uint32_t>(most), 0, static_cast<int>(Deadline.count()));
    if (n <= 0) {
        throw std::runtime_error(
            n == 0 || n == SSH_AGAIN ? "end or nothing in time" : ssh_get_error(ssh.get()));
    }
    block.resize(static_cast<size_t>(n));
    return block;
}

std::string Client::receive()
{
    for (;;) {
        if (auto message = decoder.next()) {
            return *message;
        }
        decoder.add(read(65536));
    }
}

bool Client::ends(milliseconds most)
{
    const auto until = std::chrono::steady_clock::now() + most;
    while (std::chrono::steady_clock::now() < until) {
        char block[4096];
        const int n = ssh_channel_read_timeout(channel, block, sizeof block, 0, 50);
        const bool broken = n < 0 && n != SSH_AGAIN; // which libssh 0.11 says where 0.10 says 0
        if (broken || ssh_channel_is_eof(channel) || !ssh_is_connected(ssh.get())) {
            return true;
        }
    }
    return false;
}

Session login(Agent& agent, const Key& key, const char* hello, const std::string& user)
{
    Client client(agent.port, user);
    if (client.authenticate(key) != SSH_AUTH_SUCCESS || !client.open()) {
        throw std::runtime_error("login is refused");
    }
    client.write(netconf_frame::encode(Framing::EndOfMessage, hello));
    ServerSession server = agent.session();
    server.greet();
    if (client.receive().find("<session-id>") == std::string::npos) {
        throw std::runtime_error("no hello of the server");
    }
    client.decoder.use(
        std::string_view(hello) == Hello11 ? Framing::Chunked : Framing::EndOfMessage);
    return { std::move(client), std::move(server) };
}

} // namespace gate_test
