// HOME for a program whose environment does not say: the home directory of its user in the
// container's /etc/passwd, as runc and crun do it. passwd(5).
#ifndef REAPCHECK_RUNTIME_PASSWD_HOME_H_
#define REAPCHECK_RUNTIME_PASSWD_HOME_H_

#include <sys/types.h>

#include <string>
#include <string_view>

namespace reapcheck {

// The sixth field of the first line whose third is `uid`; "/" when there is none.
std::string HomeInPasswd(std::string_view passwd, uid_t uid);

// Of /etc/passwd under the current root. "/" when it is not an ordinary file or too large.
std::string HomeDirectory(uid_t uid);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_PASSWD_HOME_H_
