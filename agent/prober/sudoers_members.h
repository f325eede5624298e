// Members of the lists of sudoers(5): users, groups, hosts, commands (gram.y of sudo 1.9.13).
#pragma once

#include "agent/prober/sudoers_parser.h"
#include "agent/prober/sudoers_scanner.h"

namespace agent {

constexpr size_t MaxSudoMembers = 100'000; // of one list

/// Capital letters, digits and '_'.
bool isSudoAliasName(std::string_view word);

/// Reads lists from a scanner. All throw SudoSyntaxError.
class SudoMemberReader {
public:
    explicit SudoMemberReader(SudoScanner& scan)
        : scan_(scan)
    {
    }

    SudoMembers users() { return list(&SudoMemberReader::user); }
    SudoMembers groups() { return list(&SudoMemberReader::group); }
    SudoMembers hosts() { return list(&SudoMemberReader::host); }
    SudoMembers commands();
    /// Commands of "Defaults!": without arguments (the GOTDEFS state of the scanner).
    SudoMembers bindingCommands();
    SudoMember digestedCommand();

    [[noreturn]] void fail(const char* expected);
    void expectLineEnd();

private:
    SudoMembers list(SudoMember (SudoMemberReader::*member)());
    SudoMember named(std::string name);
    SudoMember user();
    SudoMember group();
    SudoMember host();
    SudoMember command();
    bool digest();

    SudoScanner& scan_;
};

} // namespace agent
