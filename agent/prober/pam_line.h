// Lines and words of PAM's configuration.
#pragma once

#include "agent/prober/pam.h"

namespace agent {

struct PamLine {
    std::string text; // continuations joined, without comment
    size_t number = 0; // of its first line
};

/// Logical lines (_pam_assemble_line). Throws ParseError for a last line that is continued and for
/// lines that are too long for libpam.
std::vector<PamLine> pamLines(std::string_view all, const std::string& path);

/// The next word, up to a blank; "[...]" is one word, "\]" in it a bracket (_pam_StrTok).
std::optional<std::string> pamWord(std::string_view& rest);

/// Actions for a control field such as "required" or "success=1 default=ignore"; "include" and
/// "substack" have none.
std::array<int, PamReturns> pamControl(const std::string& word);

} // namespace agent
