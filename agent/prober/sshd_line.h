// One line of sshd_config(5), cut up as strdelim() and argv_split() of OpenSSH do (misc.c).
#pragma once

#include "agent/prober/sshd_config.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct SshdLine {
    std::string keyword;
    std::string rest; // behind the blanks or the one '='
};

/// Nothing for a blank line or a comment. Throws ParseError if there is nothing behind the keyword.
std::optional<SshdLine> sshdLine(std::string_view raw, const std::string& where);
/// Arguments: quoted by ' or ", escaped by \, up to a comment. Throws ParseError.
std::vector<std::string> sshdWords(std::string_view rest, const std::string& where);
/// Criteria behind Match; none for 'all'. Throws ParseError.
std::vector<SshdCriterion> sshdCriteria(std::string_view rest, const std::string& where);

} // namespace agent
