// Reading and writing the files of a cgroup directory.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <vector>

#include "sim/world_cgroups.h"
#include "sim/world_hash.h"
#include "sim/world_memo.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

bool HasThreadedChild(const Machine& m, int cgroup) {
  return m.cgroup_slots.Find([&](int slot) {
           const Cgroup& child = m.cgroups[slot];
           return child.exists && child.parent == cgroup && child.is_threaded;
         }) >= 0;
}

// cgroup-v2.rst, "Threads": a cgroup that is neither threaded nor a domain of its own.
bool IsInvalidDomain(const Machine& m, int cgroup) {
  const Cgroup& c = m.cgroups[cgroup];
  if (c.is_threaded) return false;
  if (c.is_domain_invalid) return true;
  const bool below_root = c.parent >= 0 && m.cgroups[c.parent].parent >= 0;
  return below_root && (m.cgroups[c.parent].is_threaded || HasThreadedChild(m, c.parent) ||
                        IsInvalidDomain(m, c.parent));
}

int DomainOf(const Machine& m, int cgroup) {
  while (m.cgroups[cgroup].is_threaded) cgroup = m.cgroups[cgroup].parent;
  return cgroup;
}

std::string_view Stripped(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::optional<int> ParseNumber(std::string_view text) {
  text = Stripped(text);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

CallResult Written(const Machine& m, TextId data) {
  return {.value = static_cast<std::int64_t>(m.texts->Text(data).size())};
}

// The members in the order of their pids, as the reader sees those. A cgroup of threads has none
// of its own: the list of their domain has them.
TextId ListMembers(const Machine& m, ActorId actor, int cgroup, bool with_threaded) {
  std::array<std::int32_t, kMaxProcesses> pids;
  int count = 0;
  const int hierarchy = m.cgroups[cgroup].hierarchy;
  m.process_slots.ForEach([&](int slot) {
    const Process& process = m.processes[slot];
    if (process.state != ProcessState::kRunning || process.is_exiting) return;
    const int own = process.cgroup[hierarchy];
    if (own != cgroup && (!with_threaded || DomainOf(m, own) != cgroup)) return;
    pids[count++] = VisiblePid(m, CallerOf(m, actor), process);
  });
  std::sort(pids.begin(), pids.begin() + count);
  std::uint64_t key = Mix(3);
  for (int i = 0; i < count; ++i) key = Combine(key, pids[i]);
  return m.memo->Rendered(key, [&] {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(pids[i]) + "\n";
    return text;
  });
}

std::string_view TypeText(const Machine& m, int cgroup) {
  if (m.cgroups[cgroup].is_threaded) return "threaded\n";
  if (IsInvalidDomain(m, cgroup)) return "domain invalid\n";
  return HasThreadedChild(m, cgroup) ? "domain threaded\n" : "domain\n";
}

std::string_view EventsText(const Machine& m, int cgroup) {
  const bool frozen = IsFrozen(m, cgroup);
  if (m.cgroups[cgroup].populated > 0) {
    return frozen ? "populated 1\nfrozen 1\n" : "populated 1\nfrozen 0\n";
  }
  return frozen ? "populated 0\nfrozen 1\n" : "populated 0\nfrozen 0\n";
}

std::string_view FreezerStateText(const Machine& m, int cgroup) {
  if (!IsFreezing(m, cgroup)) return "THAWED\n";
  return IsFrozen(m, cgroup) ? "FROZEN\n" : "FREEZING\n";
}

// The bits of the controllers that may be given on to children.
std::uint8_t AvailableControllers(const Machine& m, int cgroup) {
  if (m.cgroups[cgroup].parent >= 0) {
    return m.cgroups[m.cgroups[cgroup].parent].subtree_control;
  }
  std::uint8_t bits = 0;
  for (std::size_t i = 0; i < kUnifiedControllers.size(); ++i) {
    bool is_v1 = false;
    for (int h = 0; h < m.hierarchies; ++h) {
      is_v1 = is_v1 || ControllerOf(m, h).find(kUnifiedControllers[i]) != std::string::npos;
    }
    if (!is_v1) bits |= 1 << i;
  }
  return bits;
}

std::string ControllersText(std::uint8_t bits) {
  std::string text;
  for (std::size_t i = 0; i < kUnifiedControllers.size(); ++i) {
    if ((bits >> i & 1) == 0) continue;
    text += (text.empty() ? "" : " ") + std::string(kUnifiedControllers[i]);
  }
  return text + "\n";
}

bool HasPopulatedDomainChild(const Machine& m, int cgroup) {
  return m.cgroup_slots.Find([&](int slot) {
           const Cgroup& child = m.cgroups[slot];
           return child.exists && child.parent == cgroup && !child.is_threaded &&
                  child.populated > 0;
         }) >= 0;
}

// cgroup_migrate_vet_dst in Linux: no processes where controllers are given on, unless these are
// the ones of threads.
int WhyNotHost(const Machine& m, int cgroup) {
  const Cgroup& c = m.cgroups[cgroup];
  if (IsInvalidDomain(m, DomainOf(m, cgroup))) return EOPNOTSUPP;
  if (c.parent < 0 || c.is_threaded) return 0;
  const bool can_be_thread_root =
      !HasPopulatedDomainChild(m, cgroup) && (c.subtree_control & kDomainControllers) == 0;
  return can_be_thread_root || c.subtree_control == 0 ? 0 : EBUSY;
}

CallResult WriteMember(Machine& m, ActorId actor, const ControlWrite& write) {
  const auto pid = ParseNumber(m.texts->Text(write.data));
  if (!pid || *pid < 0) return Failed(EINVAL);
  const int process = *pid == 0 ? m.actors[actor].process
                                : FindVisible(m, CallerOf(m, actor), *pid);
  if (process < 0) return Failed(ESRCH);
  const Process& moved = m.processes[process];
  if (!IsV1(m, write.cgroup)) {
    const int before = moved.cgroup[m.unified];
    const bool only_thread = write.file == kThreads;
    if (only_thread && DomainOf(m, before) != DomainOf(m, write.cgroup)) return Failed(EOPNOTSUPP);
    if (const int why_not = WhyNotHost(m, write.cgroup); why_not != 0) return Failed(why_not);
  }
  // One that is dead or dies stays where it is, without an error.
  if (moved.state == ProcessState::kRunning && !moved.is_exiting) MoveTo(m, process, write.cgroup);
  return Written(m, write.data);
}

CallResult WriteFreeze(Machine& m, const ControlWrite& write) {
  const auto value = ParseNumber(m.texts->Text(write.data));
  if (!value) return Failed(EINVAL);
  if (*value != 0 && *value != 1) return Failed(ERANGE);
  SetFrozen(m, write.cgroup, *value == 1);
  return Written(m, write.data);
}

CallResult WriteFreezerState(Machine& m, const ControlWrite& write) {
  const std::string_view state = Stripped(m.texts->Text(write.data));
  if (state != "FROZEN" && state != "THAWED") return Failed(EINVAL);
  SetFrozen(m, write.cgroup, state == "FROZEN");
  return Written(m, write.data);
}

CallResult WriteKill(Machine& m, ActorId actor, const ControlWrite& write) {
  const auto value = ParseNumber(m.texts->Text(write.data));
  if (!value) return Failed(EINVAL);
  if (*value != 1) return Failed(ERANGE);
  if (m.cgroups[write.cgroup].is_threaded) return Failed(EOPNOTSUPP);
  KillCgroup(m, actor, write.cgroup);
  return Written(m, write.data);
}

CallResult WriteType(Machine& m, const ControlWrite& write) {
  if (Stripped(m.texts->Text(write.data)) != "threaded") return Failed(EINVAL);
  const Cgroup& c = m.cgroups[write.cgroup];
  if (c.is_threaded) return Written(m, write.data);
  // cgroup_enable_threaded in Linux: the domain that it joins must be one, and can give it room.
  const int domain = DomainOf(m, c.parent);
  const bool has_room = m.cgroups[domain].parent < 0 ||
                        (!IsInvalidDomain(m, domain) && !HasPopulatedDomainChild(m, domain) &&
                         (m.cgroups[domain].subtree_control & kDomainControllers) == 0);
  const bool is_free = c.populated == 0 && (c.subtree_control & kDomainControllers) == 0;
  if (!has_room || !is_free) return Failed(EOPNOTSUPP);
  Edit cgroup(m, m.cgroups[write.cgroup]);
  cgroup->is_threaded = true;
  return Written(m, write.data);
}

bool ChildrenUse(const Machine& m, int cgroup, std::uint8_t bits) {
  return m.cgroup_slots.Find([&](int slot) {
           const Cgroup& child = m.cgroups[slot];
           return child.exists && child.parent == cgroup && (child.subtree_control & bits) != 0;
         }) >= 0;
}

CallResult WriteSubtreeControl(Machine& m, const ControlWrite& write) {
  std::uint8_t on = 0;
  std::uint8_t off = 0;
  std::string_view rest = Stripped(m.texts->Text(write.data));
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest = Stripped(rest.substr(word.size()));
    const auto at = std::ranges::find(kUnifiedControllers, word.substr(1));
    if (at == kUnifiedControllers.end() || (word[0] != '+' && word[0] != '-')) {
      return Failed(EINVAL);
    }
    const std::uint8_t bit = 1 << (at - kUnifiedControllers.begin());
    (word[0] == '+' ? on : off) |= bit;
  }
  const Cgroup& c = m.cgroups[write.cgroup];
  if ((on & ~AvailableControllers(m, write.cgroup)) != 0) return Failed(ENOENT);
  if (ChildrenUse(m, write.cgroup, off)) return Failed(EBUSY);
  // No process may compete with the children for what a domain controller gives out.
  const bool is_new = (on & ~c.subtree_control) != 0;
  if (is_new && c.parent >= 0 && c.members > 0 && (on & kDomainControllers) != 0) {
    return Failed(EBUSY);
  }
  Edit cgroup(m, m.cgroups[write.cgroup]);
  cgroup->subtree_control = static_cast<std::uint8_t>((cgroup->subtree_control | on) & ~off);
  return Written(m, write.data);
}

bool ParentIsFreezing(const Machine& m, int cgroup) {
  return IsFreezing(m, m.cgroups[cgroup].parent);
}

CallResult ReadMembers(const Machine& m, ActorId actor, int cgroup, std::uint8_t file) {
  const bool is_v1 = IsV1(m, cgroup);
  if (!is_v1 && file == kProcs && m.cgroups[cgroup].is_threaded) return Failed(EOPNOTSUPP);
  return {.text = ListMembers(m, actor, cgroup, !is_v1 && file == kProcs)};
}

}  // namespace

CallResult ReadControl(Machine& m, ActorId actor, int cgroup, std::uint8_t file) {
  const auto text = [&](std::string_view bytes) {
    return CallResult{.text = m.texts->Intern(bytes)};
  };
  switch (file) {
    case kProcs:
    case kTasks:
    case kThreads:
      return ReadMembers(m, actor, cgroup, file);
    case kType:
      return text(TypeText(m, cgroup));
    case kEvents:
      return text(EventsText(m, cgroup));
    case kKillFile:
      return Failed(EINVAL);
    case kFreezeFile:
      return text(m.cgroups[cgroup].is_self_frozen ? "1\n" : "0\n");
    case kFreezerState:
      return text(FreezerStateText(m, cgroup));
    case kSelfFreezing:
      return text(m.cgroups[cgroup].is_self_frozen ? "1\n" : "0\n");
    case kParentFreezing:
      return text(ParentIsFreezing(m, cgroup) ? "1\n" : "0\n");
    case kControllers:
      return text(ControllersText(AvailableControllers(m, cgroup)));
    case kSubtreeControl:
      return text(ControllersText(m.cgroups[cgroup].subtree_control));
    case kStat:
      return text("nr_descendants 0\nnr_dying_descendants 0\n");
    case kNotifyOnRelease:
    case kCloneChildren:
      return text("0\n");
    default:
      return text("max\n");
  }
}

CallResult WriteControl(Machine& m, ActorId actor, const ControlWrite& write) {
  switch (write.file) {
    case kProcs:
    case kTasks:
    case kThreads:
      return WriteMember(m, actor, write);
    case kType:
      return WriteType(m, write);
    case kKillFile:
      return WriteKill(m, actor, write);
    case kFreezeFile:
      return WriteFreeze(m, write);
    case kFreezerState:
      return WriteFreezerState(m, write);
    case kSubtreeControl:
      return WriteSubtreeControl(m, write);
    case kEvents:
    case kControllers:
    case kStat:
    case kSelfFreezing:
    case kParentFreezing:
      return Failed(EINVAL);
    default:
      return Written(m, write.data);
  }
}

}  // namespace reapcheck::sim
