#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "runtime/process.h"
#include "sim/differential_runner.h"

namespace reapcheck::sim {
namespace {

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

std::vector<std::string> SubDirectories(Kernel& kernel, Fd dir) {
  std::vector<std::string> names;
  // A directory without others below it has two links; its files are not asked for.
  const auto stat = kernel.StatAt(dir, "", AT_EMPTY_PATH);
  if (stat && stat->links == 2) return names;
  const auto entries = kernel.GetDirectoryEntries(dir);
  if (!entries) return names;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type == 4 /* DT_DIR */) names.push_back(entry.name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::string InstructionRunner::Observe(Reach reach) {
  std::string lines;
  if (reach == Reach::kFiles) {
    ObserveDirectory(root_.get(), "root", lines);
    return lines;
  }
  lines = ObserveProcesses();
  saw_frozen_ = false;
  ObserveCgroup(cgroup_.get(), "cgroup", lines);
  return lines;
}

void InstructionRunner::Remember() {
  for (std::size_t i = 0; i < states_.size(); ++i) processes_[i].state = states_[i];
}

std::string InstructionRunner::ObserveProcesses() {
  std::string lines;
  states_.assign(processes_.size(), State::kGone);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    // One that is gone stays so; its pid may be another's.
    if (processes_[i].state == State::kGone) continue;
    const auto stat = ReadProcStat(kernel_, processes_[i].pid);
    std::string text = "gone";
    if (stat && stat->state != 'X') {
      states_[i] = stat->state == 'Z' ? State::kZombie : State::kAlive;
      text = stat->state == 'Z' ? "zombie" : "alive";
      const bool is_testers = stat->parent == kernel_.GetPid();
      text += ", child of " + (is_testers ? "tester" : NameOf(stat->parent));
    }
    lines += "p" + std::to_string(i) + ": " + text + "\n";
  }
  return lines;
}

std::string InstructionRunner::Whole(Fd dir, const std::string& path) {
  const auto file = kernel_.OpenAt(dir, path, O_RDONLY | O_NONBLOCK, 0);
  if (!file) return "open " + ErrnoName(file.error().code);
  char buffer[256];
  const auto count = kernel_.Read(file->get(), buffer);
  if (!count) return ErrnoName(count.error().code);
  return std::string(buffer, *count);
}

void InstructionRunner::ObserveCgroup(Fd dir, const std::string& name, std::string& lines) {
  const std::string frozen = Whole(dir, IsV1() ? "freezer.state" : "cgroup.events");
  saw_frozen_ = saw_frozen_ || frozen.find(IsV1() ? "FROZEN" : "frozen 1") != std::string::npos;
  lines += name + ": " + WithNames(Whole(dir, IsV1() ? "tasks" : "cgroup.threads"));
  lines += "; " + frozen;
  for (const std::string& child : SubDirectories(kernel_, dir)) {
    const auto opened = kernel_.OpenAt(dir, child, kOpenDirectory, 0);
    if (opened) ObserveCgroup(opened->get(), name + "/" + child, lines);
  }
}

void InstructionRunner::ObserveDirectory(Fd dir, const std::string& name, std::string& lines) {
  const auto entries = kernel_.GetDirectoryEntries(dir);
  if (!entries) {
    lines += name + ": " + ErrnoName(entries.error().code) + "\n";
    return;
  }
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
  std::ranges::sort(names);
  for (const std::string& child : names) {
    const auto stat = kernel_.StatAt(dir, child, AT_SYMLINK_NOFOLLOW);
    lines += name + "/" + child + ": " + ShowStat(stat);
    if (stat && S_ISREG(stat->mode)) lines += " '" + Whole(dir, child) + "'";
    lines += "\n";
    if (!stat || !S_ISDIR(stat->mode)) continue;
    const auto opened = kernel_.OpenAt(dir, child, kOpenDirectory, 0);
    if (opened) ObserveDirectory(opened->get(), name + "/" + child, lines);
  }
}

}  // namespace reapcheck::sim
