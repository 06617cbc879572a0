#include "tools/benchmark/container_life.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "conformance/file.h"

namespace reapcheck::benchmark {
namespace {

using conformance::Json;

// The number behind "VmHWM:" of proc_pid_status(5), in kB.
long PeakOf(pid_t pid) {
  const std::string text =
      conformance::ReadText("/proc/" + std::to_string(pid) + "/status").value_or("");
  const std::size_t at = text.find("VmHWM:");
  return at == std::string::npos ? 0 : std::atol(text.c_str() + at + 6);
}

// "runc version 1.1.5+ds1-1": the first word that begins with a digit.
std::string VersionIn(const std::string& text) {
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    if (word[0] >= '0' && word[0] <= '9') return word;
  }
  return "";
}

}  // namespace

std::expected<Json, std::string> UsualConfig(const conformance::RuntimeSpec& reaprun,
                                             const std::string& directory) {
  std::vector<std::string> words = reaprun.argv;
  words.insert(words.end(), {"spec", "--bundle", directory});
  auto written = TimeCall(words, directory + "/output");
  if (!written) return std::unexpected(written.error());
  const std::string text = conformance::ReadText(directory + "/config.json").value_or("");
  Json config = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) return std::unexpected("reaprun spec: wrote no JSON");
  config["ociVersion"] = "1.0.2";  // crun 1.8.1 takes no newer one
  config["process"]["terminal"] = false;
  config["process"]["args"] = {"/payload", "nap", "86400000"};
  return config;
}

Contestant::Contestant(conformance::RuntimeSpec spec, std::string directory, std::string id)
    : spec_(std::move(spec)), directory_(std::move(directory)), id_(std::move(id)) {}

std::string Contestant::MakeBundle(Json config, const std::string& payload) {
  config["linux"]["cgroupsPath"] = "/" + id_;
  const std::string rootfs = directory_ + "/rootfs";
  if (!conformance::MakeDirectories(rootfs)) return "can not make " + rootfs;
  if (link(payload.c_str(), (rootfs + "/payload").c_str()) != 0) return "can not link the payload";
  if (!conformance::WriteText(directory_ + "/config.json", config.dump())) {
    return "can not write " + directory_ + "/config.json";
  }
  return "";
}

std::expected<TimedCall, std::string> Contestant::Call(const std::vector<std::string>& arguments,
                                                       int awaited) {
  std::vector<std::string> words = spec_.argv;
  words.insert(words.end(), {"--root", directory_ + "/root"});
  words.insert(words.end(), arguments.begin(), arguments.end());
  return TimeCall(words, directory_ + "/output", awaited);
}

std::expected<std::string, std::string> Contestant::Version() {
  auto call = Call({"--version"});
  if (!call) return std::unexpected(call.error());
  return VersionIn(conformance::ReadText(directory_ + "/output").value_or(""));
}

std::expected<Life, std::string> Contestant::Live() {
  Life life;
  const std::string pid_file = directory_ + "/pid";
  auto note = [&](Operation operation, const std::expected<TimedCall, std::string>& call) {
    if (call) life.operations[static_cast<std::size_t>(operation)] = call->timing;
    return call.has_value();
  };
  auto call = Call({"create", "--bundle", directory_, "--pid-file", pid_file, id_});
  if (!note(Operation::kCreate, call)) return std::unexpected(call.error());
  const pid_t init = std::atoi(conformance::ReadText(pid_file).value_or("").c_str());
  conformance::FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, init, 0)));
  if (init <= 0 || !pidfd) return std::unexpected(name() + " create: no init in its pid file");
  life.waiting_init_kb = PeakOf(init);
  if (!note(Operation::kStart, call = Call({"start", id_}))) return std::unexpected(call.error());
  if (!note(Operation::kState, call = Call({"state", id_}))) return std::unexpected(call.error());
  call = Call({"kill", id_, "KILL"}, pidfd.get());
  if (!note(Operation::kKill, call)) return std::unexpected(call.error());
  life.wait_ms = call->wait_ms;
  // As an engine's shim does before it calls delete.
  waitpid(init, nullptr, 0);
  if (!note(Operation::kDelete, call = Call({"delete", id_}))) return std::unexpected(call.error());
  return life;
}

}  // namespace reapcheck::benchmark
