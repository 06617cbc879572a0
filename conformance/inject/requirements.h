// What the injector needs of a machine and of a runtime's binary. Each answer is "" or one line
// that says what is missing.
#ifndef REAPCHECK_CONFORMANCE_INJECT_REQUIREMENTS_H_
#define REAPCHECK_CONFORMANCE_INJECT_REQUIREMENTS_H_

#include <string>

namespace reapcheck::inject {

// seccomp(2) filters and ptrace(2), tried on a child of this process.
std::string MissingOnThisMachine();

// `binary` has to be an executable for this machine itself: with a script the calls would be those
// of its interpreter.
std::string WhyNotTraceable(const std::string& binary);

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_REQUIREMENTS_H_
