#include "sim/world_inodes.h"

#include "sim/world_descriptors.h"
#include "sim/world_hash.h"

namespace reapcheck::sim {
namespace {

int StartFor(const Machine& m, int directory, TextId name) {
  return static_cast<int>(Combine(directory, m.texts->Hash(name)) % kMaxInodes);
}

}  // namespace

int MakeInode(Machine& m, InodeType type, int directory, TextId name, int mode) {
  const int slot = m.inode_slots.FirstFree(StartFor(m, directory, name));
  if (slot < 0) TableIsFull("inodes", kMaxInodes);
  m.inode_slots.Take(slot);
  const int queue = type == InodeType::kFifo ? MakeQueue(m, slot) : -1;
  Edit inode(m, m.inodes[slot]);
  *inode = Inode{.type = type,
                 .device = m.inodes[directory].device,
                 .mode = static_cast<std::uint16_t>(mode & 07777),
                 .queue = static_cast<std::int16_t>(queue)};
  return slot;
}

void AddEntry(Machine& m, int directory, TextId name, int inode) {
  const int slot = m.entry_slots.FirstFree();
  if (slot < 0) TableIsFull("directory entries", kMaxEntries);
  m.entry_slots.Take(slot);
  std::int16_t* at = &m.inodes[directory].first;
  while (*at >= 0 && m.texts->Text(m.entries[*at].name) < m.texts->Text(name)) {
    at = &m.entries[*at].next;
  }
  Edit entry(m, m.entries[slot]);
  *entry = Entry{.directory = static_cast<std::int16_t>(directory),
                 .inode = static_cast<std::int16_t>(inode),
                 .next = *at,
                 .name = name};
  *at = static_cast<std::int16_t>(slot);
  Edit linked(m, m.inodes[inode]);
  if (linked->type != InodeType::kDirectory) {
    ++linked->links;
    return;
  }
  linked->links = static_cast<std::int16_t>(linked->links == 0 ? 2 : linked->links);
  linked->parent = static_cast<std::int16_t>(directory);
  Edit above(m, m.inodes[directory]);
  ++above->links;
}

void RemoveEntry(Machine& m, int slot) {
  const Entry removed = m.entries[slot];
  std::int16_t* at = &m.inodes[removed.directory].first;
  while (*at != slot) at = &m.entries[*at].next;
  *at = removed.next;
  {
    Edit entry(m, m.entries[slot]);
    *entry = Entry{};
  }
  m.entry_slots.Free(slot);
  {
    Edit inode(m, m.inodes[removed.inode]);
    if (inode->type == InodeType::kDirectory) {
      inode->links = 0;
      Edit above(m, m.inodes[removed.directory]);
      --above->links;
    } else {
      --inode->links;
    }
  }
  ReleaseInode(m, removed.inode);
}

void ReleaseInode(Machine& m, int slot) {
  const Inode& inode = m.inodes[slot];
  if (inode.type == InodeType::kFree || inode.links > 0 || inode.opens > 0) return;
  if (inode.queue >= 0) {
    Edit queue(m, m.queues[inode.queue]);
    *queue = Queue{};
    m.queue_slots.Free(inode.queue);
  }
  Edit freed(m, m.inodes[slot]);
  *freed = Inode{};
  m.inode_slots.Free(slot);
}

}  // namespace reapcheck::sim
