// Names what a system call is about, by the paths that the lab knows: "record".
//
// The words are the simulator's (sim/world_classes.cc): a call has one name in both. Where a
// runtime's files have other names than the reference's (crun's "status", runc's "exec.fifo") they
// get the word for what they are. Pure: text in, text out.
#ifndef REAPCHECK_CONFORMANCE_INJECT_CALL_NAME_H_
#define REAPCHECK_CONFORMANCE_INJECT_CALL_NAME_H_

#include <string>
#include <string_view>

namespace reapcheck::inject {

// What the names are relative to.
struct Places {
  std::string root;        // --root
  std::string id;          // of the container
  std::string cgroup_tag;  // in the path of each of its cgroups, and of nothing else's
  std::string bundle;
  int init = 0;            // pid of its init as the runtime sees it; 0: not known
};

// The second word of a call's name, for an absolute path: "record", "cgroup", "proc stat"; "other"
// for what has nothing to do with the container.
std::string KindOfPath(const Places& places, std::string_view path);

// "/a/./b//../c" -> "/a/c", as text: links are not followed.
std::string NormalPath(std::string_view path);

// Whether a call of this name changes what outlives the runtime: a point to crash at. `creates`:
// open(2) with O_CREAT.
bool IsEffect(std::string_view verb, std::string_view kind, bool creates);

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_CALL_NAME_H_
