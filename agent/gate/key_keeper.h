// The process that reads and makes host keys, so that the listener needs no right to any file. It
// sees the key folder only (chroot), is root without any capability so that it owns the files,
// never sees a byte from the network, and answers one question: the private key in FILE.
#pragma once

#include "agent/config.h"
#include "common/fd.h"

#include <string>

namespace agent::gate {

/// Body of the process; returns when the other end is closed.
void keepKeys(const Config& config, fd::Fd channel);

/// Content of `file` in `folder`; made if it is not there and its name says of which type. Throws
/// std::runtime_error saying what is wrong: a file that others can read, that belongs to somebody
/// else, or that is none.
std::string hostKey(int folder, const std::string& file);

} // namespace agent::gate
