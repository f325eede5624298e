// The process that reads and makes host keys and the key and certificate of TLS, so that the
// listener needs no right to any file. It sees the key folder only (chroot), is root without any
// capability so that it owns the files, never sees a byte from the network, and answers two
// questions: the private key in FILE, and the key and certificate in these two.
#pragma once

#include "agent/config.h"
#include "agent/gate/tls_keys.h"
#include "common/fd.h"

#include <string>

namespace agent::gate {

/// Body of the process; returns when the other end is closed.
void keepKeys(const Config& config, fd::Fd channel);

/// Content of `file` in `folder`; made if it is not there and its name says of which type. Throws
/// std::runtime_error saying what is wrong: a file that others can read, that belongs to somebody
/// else, or that is none.
std::string hostKey(int folder, const std::string& file);

/// Key and certificates in these two files of `folder`. A certificate that is not there is made,
/// and the key with it if that is not there either. Throws std::runtime_error as hostKey(); of the
/// certificate, which is public, only that others cannot change it is asked.
TlsFiles tlsFiles(int folder, const std::string& key, const std::string& certificate);

} // namespace agent::gate
