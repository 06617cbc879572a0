// Files, directories, symlinks and fifos as objects, and the names that lead to them.
#ifndef REAPCHECK_SIM_WORLD_INODES_H_
#define REAPCHECK_SIM_WORLD_INODES_H_

#include "sim/world_tables.h"

namespace reapcheck::sim {

// A new inode for the name `name` of `directory`, not yet linked there. A name gets the same inode
// again where it can, as file systems reuse the number of a file that is gone.
int MakeInode(Machine& m, InodeType type, int directory, TextId name, int mode);
void AddEntry(Machine& m, int directory, TextId name, int inode);
// The place of the entry, -1: none.
inline int FindEntry(const Machine& m, int directory, TextId name) {
  int at = m.inodes[directory].first;
  while (at >= 0 && m.entries[at].name != name) at = m.entries[at].next;
  return at;
}
// Takes the name away; the inode goes when it is not open.
void RemoveEntry(Machine& m, int entry);
// Frees an inode that has neither a name nor anybody who has it open.
void ReleaseInode(Machine& m, int inode);
// Unmounts a mount of files, with all that is in it: world_rename.cc.
void TakeOffMount(Machine& m, int mount);
// True while it has a name, or is the root.
inline bool IsLinked(const Machine& m, int inode) { return m.inodes[inode].links > 0; }

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_INODES_H_
