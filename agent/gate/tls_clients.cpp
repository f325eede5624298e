#include "agent/gate/tls_clients.h"
#include "agent/gate/tls_name.h"
#include "agent/gate/tls_openssl.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>
#include <openssl/x509_vfy.h>

namespace agent::gate {

namespace {

using namespace tls;
using Certs
    = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * all) { sk_X509_free(all); })>;

Cert parse(const std::string& der)
{
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const unsigned char* const end = at + der.size();
    Cert cert(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    return at == end ? std::move(cert) : nullptr;
}

std::string refusal(X509_STORE_CTX* context)
{
    const int error = X509_STORE_CTX_get_error(context);
    X509* const at = X509_STORE_CTX_get_current_cert(context);
    std::string why = "certificate " + (at ? text::quoted(subjectOf(at)) + " " : "")
        + "is refused: " + X509_verify_cert_error_string(error);
    if (error == X509_V_ERR_CERT_NOT_YET_VALID || error == X509_V_ERR_CERT_HAS_EXPIRED) {
        // At its first start a node may not know the time yet.
        why += "; the clock of this node shows " + wall::now();
    }
    return why;
}

/// One of the clients' own is its own anchor, whoever has issued it: only its dates and its purpose
/// are looked at.
void trustItself(X509_STORE_CTX* context, STACK_OF(X509) * alone)
{
    X509_STORE_CTX_set0_untrusted(context, nullptr);
    X509_STORE_CTX_set0_trusted_stack(context, alone);
    X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_X509_STRICT);
}

} // namespace

void TlsClients::Release::operator()(x509_store_st* store) const noexcept
{
    X509_STORE_free(store);
}

TlsClients::TlsClients(const Tls& facts)
    : facts_(facts)
    , anchors_(X509_STORE_new())
{
    if (!anchors_) {
        throw std::bad_alloc();
    }
    for (const Certificate& anchor : facts_.anchors) {
        const Cert cert = parse(anchor.der);
        if (!cert || X509_STORE_add_cert(anchors_.get(), cert.get()) != 1) {
            logging::error(
                "trust anchor " + text::quoted(anchor.name) + " is not used: it is no certificate");
        }
    }
    for (const Certificate& client : facts_.clients) {
        if (!parse(client.der)) {
            logging::error("client certificate " + text::quoted(client.name)
                + " is not used: it is no certificate");
        }
    }
    if (facts_.anchors.empty() && facts_.clients.empty()) {
        logging::warning("nobody can log in over TLS: there is no trust-anchor and no "
                         "client-certificate");
    } else if (facts_.names.empty()) {
        logging::warning("nobody can log in over TLS: there is no entry of cert-to-name");
    }
}

TlsClients::Verdict TlsClients::judge(X509_STORE_CTX* context) const
{
    X509* const peer = X509_STORE_CTX_get0_cert(context);
    const std::string digest = digestOf(peer);
    const Certs alone(sk_X509_new_null());
    if (std::ranges::find(facts_.clients, digest, &Certificate::digest) != facts_.clients.end()) {
        if (!alone || sk_X509_push(alone.get(), peer) != 1) {
            throw std::bad_alloc();
        }
        trustItself(context, alone.get());
    }
    if (X509_verify_cert(context) != 1) {
        return { {}, refusal(context) };
    }
    // Only this chain was verified; what else the peer sent along means nothing.
    const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context);
    const int size = sk_X509_num(chain);
    for (const CertToName& entry : facts_.names) {
        for (int i = 0; i < size; ++i) {
            if (!matches(entry, sk_X509_value(chain, i))) {
                continue;
            }
            if (auto name = nameBy(entry, peer)) {
                return { Login { Transport::Tls, std::move(*name), factOf(entry),
                             digestOf(sk_X509_value(chain, size - 1)) },
                    {} };
            }
            break;
        }
    }
    X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
    return { {},
        "certificate " + text::quoted(subjectOf(peer))
            + " is refused: no entry of cert-to-name gives it a name" };
}

} // namespace agent::gate
