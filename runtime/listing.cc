#include "runtime/listing.h"

#include <time.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/process.h"

namespace reapcheck {
namespace {

using Json = nlohmann::json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string TimeText(std::chrono::nanoseconds since_epoch) {
  if (since_epoch.count() == 0) return "";
  const time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

// Columns as wide as their widest cell.
std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += row[i] + std::string(widths[i] - row[i].size() + 3, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace

std::string ListIds(const std::vector<ListedContainer>& listed) {
  std::string text;
  for (const ListedContainer& container : listed) text += container.id + "\n";
  return text;
}

std::string ListTable(const std::vector<ListedContainer>& listed) {
  std::vector<std::vector<std::string>> rows{{"ID", "PID", "STATUS", "BUNDLE", "CREATED"}};
  for (const ListedContainer& container : listed) {
    rows.push_back({container.id, std::to_string(container.pid.value), container.status,
                    container.bundle, TimeText(container.created)});
  }
  return Table(rows);
}

std::string ListJson(const std::vector<ListedContainer>& listed) {
  Json list = Json::array();
  for (const ListedContainer& container : listed) {
    list.push_back({{"ociVersion", container.oci_version},
                    {"id", container.id},
                    {"pid", container.pid.value},
                    {"status", container.status},
                    {"bundle", container.bundle},
                    {"created", TimeText(container.created)},
                    {"owner", std::to_string(container.owner)}});
  }
  return Dump(list);
}

std::string PidsTable(Kernel& kernel, const std::set<Pid>& pids) {
  std::vector<std::vector<std::string>> rows{{"PID", "PPID", "STATE", "COMMAND"}};
  for (Pid pid : pids) {
    auto stat = ReadProcStat(kernel, pid);
    if (!stat) continue;  // it ended meanwhile
    rows.push_back({std::to_string(pid.value), std::to_string(stat->parent.value),
                    std::string(1, stat->state), stat->comm});
  }
  return Table(rows);
}

std::string PidsJson(const std::set<Pid>& pids) {
  Json list = Json::array();
  for (Pid pid : pids) list.push_back(pid.value);
  return Dump(list);
}

}  // namespace reapcheck
