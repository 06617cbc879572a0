// read(2), pread(2) and write(2) of everything that can be open.
#include <algorithm>
#include <cerrno>
#include <string>

#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_files.h"
#include "sim/world_hash.h"
#include "sim/world_memo.h"
#include "sim/world_path.h"
#include "sim/world_procfs.h"

namespace reapcheck::sim {
namespace {

TextId Slice(const Machine& m, TextId text, std::int64_t offset, std::int64_t size) {
  const std::string_view bytes = m.texts->Text(text);
  const auto length = static_cast<std::int64_t>(bytes.size());
  if (offset == 0 && size >= length) return text;
  if (offset >= length) return {};
  return m.texts->Intern(bytes.substr(offset, size));
}

CallResult Delivered(const Machine& m, TextId text) {
  return {.value = static_cast<std::int64_t>(m.texts->Text(text).size()), .text = text};
}

CallResult Written(const Machine& m, TextId data) {
  return {.value = static_cast<std::int64_t>(m.texts->Text(data).size())};
}

void DropFirst(Queue& queue) {
  for (int i = 1; i < queue.count; ++i) queue.items[i - 1] = queue.items[i];
  queue.items[--queue.count] = {};
}

CallResult ReadFifo(Machine& m, const Description& d, std::int64_t size) {
  Queue& stored = m.queues[m.inodes[d.object].queue];
  if (stored.count == 0) return stored.writers == 0 ? CallResult{} : Failed(EAGAIN);
  Edit queue(m, stored);
  std::string bytes;
  // A pipe has no borders between what was written.
  while (queue->count > 0 && static_cast<std::int64_t>(bytes.size()) < size) {
    const std::string_view first = m.texts->Text(queue->items[0]);
    const std::size_t taken = std::min(first.size(), size - bytes.size());
    bytes += first.substr(0, taken);
    if (taken < first.size()) {
      queue->items[0] = m.texts->Intern(first.substr(taken));
    } else {
      DropFirst(*queue);
    }
  }
  return Delivered(m, m.texts->Intern(bytes));
}

CallResult ReadSocket(Machine& m, const Description& d, std::int64_t size) {
  Queue& stored = m.queues[d.object];
  if (stored.is_reset) {
    Edit queue(m, stored);
    queue->is_reset = false;
    return Failed(ECONNRESET);
  }
  if (stored.count == 0) return stored.writers == 0 ? CallResult{} : Failed(EAGAIN);
  Edit queue(m, stored);
  const TextId packet = queue->items[0];
  DropFirst(*queue);
  // The rest of a packet that is longer is lost: unix(7), SOCK_SEQPACKET.
  return Delivered(m, Slice(m, packet, 0, size));
}

// Files whose content is made when they are read from their beginning.
CallResult ReadMade(Machine& m, ActorId actor, Description& d, std::int64_t offset,
                    std::int64_t size) {
  const bool is_control = d.kind == DescriptionKind::kControlFile;
  if (is_control && !m.cgroups[d.object].exists) return Failed(ENODEV);
  if (offset == 0) {
    const CallResult made = is_control ? ReadControl(m, actor, d.object, d.file)
                                       : ReadProcFile(m, actor, d.object, d.file);
    if (made.error != 0) return made;
    Edit description(m, d);
    description->snapshot = made.text;
    // kernfs_seq_show of Linux notes what was seen, and an empty list shows nothing.
    if (made.text.number != 0) description->is_changed = false;
  }
  return Delivered(m, Slice(m, d.snapshot, offset, size));
}

CallResult ReadAt(Machine& m, ActorId actor, Description& d, std::int64_t offset,
                  std::int64_t size) {
  switch (d.kind) {
    case DescriptionKind::kInode: {
      const Inode& inode = m.inodes[d.object];
      if (inode.type == InodeType::kDirectory) return Failed(EISDIR);
      if (inode.type == InodeType::kFifo) return ReadFifo(m, d, size);
      return Delivered(m, Slice(m, inode.content, offset, size));
    }
    case DescriptionKind::kControlFile:
    case DescriptionKind::kProcFile:
      return ReadMade(m, actor, d, offset, size);
    case DescriptionKind::kCgroup:
    case DescriptionKind::kProcRoot:
    case DescriptionKind::kProcess:
    case DescriptionKind::kNamespaces:
      return Failed(EISDIR);
    case DescriptionKind::kSocket:
      return ReadSocket(m, d, size);
    case DescriptionKind::kNamespace:
    case DescriptionKind::kPidfd:
      return Failed(EINVAL);
    case DescriptionKind::kConsole:
      return {};
    case DescriptionKind::kFree:
      break;
  }
  return Failed(EBADF);
}

bool IsStream(const Machine& m, const Description& d) {
  return d.kind == DescriptionKind::kSocket ||
         (d.kind == DescriptionKind::kInode && m.inodes[d.object].type == InodeType::kFifo);
}

Description* Opened(Machine& m, ActorId actor, int fd, std::uint8_t access) {
  const int slot = DescriptionOf(m, actor, fd);
  if (slot < 0 || (m.descriptions[slot].flags & access) == 0) return nullptr;
  return &m.descriptions[slot];
}

CallResult WriteRegular(Machine& m, Description& d, TextId data) {
  const std::string_view bytes = m.texts->Text(data);
  // generic_write_checks in Linux: nothing to write changes nothing, not even the size.
  if (bytes.empty()) return {};
  Edit inode(m, m.inodes[d.object]);
  const std::string_view old = m.texts->Text(inode->content);
  const std::size_t offset = (d.flags & kAppending) != 0 ? old.size() : d.offset;
  if (offset == 0 && bytes.size() >= old.size()) {
    inode->content = data;
  } else {
    std::string whole(old);
    if (whole.size() < offset + bytes.size()) whole.resize(offset + bytes.size());
    whole.replace(offset, bytes.size(), bytes);
    inode->content = m.texts->Intern(whole);
  }
  Edit description(m, d);
  description->offset = static_cast<std::int32_t>(offset + bytes.size());
  return {.value = static_cast<std::int64_t>(bytes.size())};
}

CallResult Push(Machine& m, Queue& stored, TextId data) {
  if (stored.count == kQueueCapacity) return Failed(EAGAIN);
  Edit queue(m, stored);
  queue->items[queue->count++] = data;
  return Written(m, data);
}

CallResult WriteFifo(Machine& m, const Description& d, TextId data) {
  Queue& queue = m.queues[m.inodes[d.object].queue];
  if (data.number == 0) return {};
  if (queue.readers == 0) return Failed(EPIPE);
  if (queue.count == 0) return Push(m, queue, data);
  // A pipe has no borders between what was written, and room for far more than is written here.
  Edit all(m, queue);
  std::string bytes(m.texts->Text(all->items[0]));
  bytes += m.texts->Text(data);
  all->items[0] = m.texts->Intern(bytes);
  return Written(m, data);
}

CallResult WriteSocket(Machine& m, ActorId actor, const Description& d, TextId data) {
  Queue& own = m.queues[d.object];
  if (own.is_reset) {
    Edit queue(m, own);
    queue->is_reset = false;
    return Failed(ECONNRESET);
  }
  Queue& other = m.queues[own.peer];
  if (other.readers == 0) return Failed(EPIPE);
  if (data == m.memo->detached) {
    // container_kernel.h: the parent-death signal is off before this is said.
    Edit process(m, m.processes[m.actors[actor].process]);
    process->dies_with_parent = false;
  }
  return Push(m, other, data);
}

}  // namespace

CallResult ReadCall(Machine& m, ActorId actor, const Call& call) {
  Description* d = Opened(m, actor, call.a, kReadable);
  if (d == nullptr) return Failed(EBADF);
  const CallResult result = ReadAt(m, actor, *d, d->offset, call.n);
  if (result.error != 0 || result.value == 0 || IsStream(m, *d)) return result;
  Edit description(m, *d);
  description->offset += static_cast<std::int32_t>(result.value);
  return result;
}

CallResult PreadCall(Machine& m, ActorId actor, const Call& call) {
  if (call.m < 0) return Failed(EINVAL);
  // ksys_pread64 in Linux: whether there are positions is asked before the mode of opening.
  Description* d = Opened(m, actor, call.a, kReadable | kWritable);
  if (d == nullptr) return Failed(EBADF);
  if (IsStream(m, *d)) return Failed(ESPIPE);
  if ((d->flags & kReadable) == 0) return Failed(EBADF);
  return ReadAt(m, actor, *d, call.m, call.n);
}

CallResult WriteCall(Machine& m, ActorId actor, const Call& call) {
  Description* d = Opened(m, actor, call.a, kWritable);
  if (d == nullptr) return Failed(EBADF);
  switch (d->kind) {
    case DescriptionKind::kInode:
      return IsStream(m, *d) ? WriteFifo(m, *d, call.text) : WriteRegular(m, *d, call.text);
    case DescriptionKind::kControlFile:
      if (call.text.number == 0) return {};
      if (!m.cgroups[d->object].exists) return Failed(ENODEV);
      return WriteControl(m, actor, {d->object, d->file, call.text});
    case DescriptionKind::kProcFile:
      return WriteProcFile(m, d->object, d->file, call.text);
    case DescriptionKind::kSocket:
      return WriteSocket(m, actor, *d, call.text);
    case DescriptionKind::kConsole:
      return Written(m, call.text);
    default:
      return Failed(EINVAL);
  }
}

bool IsReadReady(const Machine& m, ActorId actor, const Call& call) {
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0) return true;
  const Description& d = m.descriptions[slot];
  if (!IsStream(m, d) || (d.flags & kNonblocking) != 0 || (d.flags & kReadable) == 0) return true;
  const bool is_socket = d.kind == DescriptionKind::kSocket;
  const Queue& queue = m.queues[is_socket ? d.object : m.inodes[d.object].queue];
  return queue.count > 0 || queue.writers == 0 || queue.is_reset;
}

bool IsWriteReady(const Machine& m, ActorId actor, const Call& call) {
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0) return true;
  const Description& d = m.descriptions[slot];
  if (!IsStream(m, d) || (d.flags & kNonblocking) != 0 || (d.flags & kWritable) == 0) return true;
  const bool is_socket = d.kind == DescriptionKind::kSocket;
  const Queue& queue = m.queues[is_socket ? m.queues[d.object].peer : m.inodes[d.object].queue];
  return queue.count < kQueueCapacity || queue.readers == 0;
}

}  // namespace reapcheck::sim
