// A stream of RFC 6242, cut in pieces by its own bytes. Whatever it is, one piece and many pieces
// give the same messages and the same verdict, and what was decoded survives encoding.
#include "common/netconf_frame.h"

#include <cstdlib>
#include <vector>

using netconf_frame::Decoder;
using netconf_frame::Framing;

namespace {

constexpr size_t Most = 512;

struct Outcome {
    std::vector<std::string> messages;
    bool broken = false;

    bool operator==(const Outcome&) const = default;
};

/// Hello first, then the framing under test, as in a session.
Outcome decode(std::string_view stream, Framing later, size_t step)
{
    Outcome outcome;
    Decoder decoder(Most);
    try {
        for (size_t i = 0; i < stream.size(); i += step) {
            decoder.add(stream.substr(i, step));
            while (auto message = decoder.next()) {
                outcome.messages.push_back(std::move(*message));
                decoder.use(later);
            }
        }
    } catch (const netconf_frame::Broken&) {
        outcome.broken = true;
    }
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const Framing later = data[0] & 1 ? Framing::Chunked : Framing::EndOfMessage;
    const size_t step = 1 + (data[0] >> 1);
    const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
    const Outcome outcome = decode(stream, later, step);
    if (outcome != decode(stream, later, 1) || outcome != decode(stream, later, size)) {
        std::abort();
    }
    for (const std::string& message : outcome.messages) {
        Decoder again(Most, Framing::Chunked);
        again.add(netconf_frame::encode(Framing::Chunked, message));
        if (message.empty() || message.size() > Most || again.next() != message || again.within()) {
            std::abort();
        }
    }
    return 0;
}
