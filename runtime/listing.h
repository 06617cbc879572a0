// What `list` and `ps` print.
#ifndef REAPCHECK_RUNTIME_LISTING_H_
#define REAPCHECK_RUNTIME_LISTING_H_

#include <set>
#include <string>
#include <vector>

#include "runtime/runtime.h"

namespace reapcheck {

std::string ListIds(const std::vector<ListedContainer>& listed);
std::string ListTable(const std::vector<ListedContainer>& listed);
// An array of objects with the keys that engines read from runc's list.
std::string ListJson(const std::vector<ListedContainer>& listed);
std::string PidsTable(Kernel& kernel, const std::set<Pid>& pids);
std::string PidsJson(const std::set<Pid>& pids);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_LISTING_H_
