#include "conformance/probe.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "conformance/case_end.h"
#include "conformance/file.h"
#include "conformance/lab_impl.h"

namespace reapcheck::conformance {
namespace {

using Json = nlohmann::json;

struct CommandWord {
  const char* word;
  Capability capability;
};
constexpr CommandWord kCommands[] = {
    {"pause", Capability::kPause}, {"exec", Capability::kExec},
    {"run", Capability::kRun},     {"list", Capability::kList},
    {"ps", Capability::kPs},       {"features", Capability::kFeatures},
};

// "runc version 1.1.5+ds1-1": the first word of the first line that begins with a digit.
std::string VersionIn(const std::string& text) {
  std::istringstream line(text.substr(0, text.find('\n')));
  std::string word;
  while (line >> word) {
    if (word[0] >= '0' && word[0] <= '9') return word;
  }
  return text.substr(0, text.find('\n'));
}

bool Mentions(const std::string& help, const std::string& word) {
  std::istringstream in(help);
  for (std::string token; in >> token;) {
    while (!token.empty() && std::string(",:|[]").find(token.back()) != std::string::npos) {
      token.pop_back();
    }
    if (token == word) return true;
  }
  return false;
}

Invocation Ask(Subject& runtime, const Arguments& arguments, bool with_root) {
  return runtime.Run(arguments, {.may_hang = true, .pass_root = with_root});
}

std::vector<int> Capabilities(Subject& runtime, const std::string& absent) {
  std::vector<int> found;
  Invocation help = Ask(runtime, {"--help"}, false);
  std::string text = help.out + help.err;
  for (const CommandWord& command : kCommands) {
    // No help at all: each is assumed, and its cases tell.
    if (!help.ok() || Mentions(text, command.word)) {
      found.push_back(static_cast<int>(command.capability));
    }
  }
  bool several = Ask(runtime, {"delete", "--force", absent + "-1", absent + "-2"}, true).ok();
  if (several) found.push_back(static_cast<int>(Capability::kSeveralIds));
  Invocation kill_help = Ask(runtime, {"kill", "--help"}, false);
  bool all = !kill_help.ok() || (kill_help.out + kill_help.err).find("all") != std::string::npos;
  if (all) found.push_back(static_cast<int>(Capability::kKillAll));
  return found;
}

// Only an ordinary error of `create` is a refusal; a crash or a hang is for the cases to judge.
void TryLife(Lab& lab, Subject& runtime, Json& answer) {
  Container container = lab.MakeBundle();
  for (const Arguments& step : std::vector<Arguments>{
           {"create", "--bundle", container.bundle, container.id},
           {"start", container.id},
           {"delete", "--force", container.id}}) {
    Invocation call = Ask(runtime, step, true);
    if (call.ok()) continue;
    bool refused_to_create = step[0] == "create" && call.refused();
    answer[refused_to_create ? "create" : "life"] = call.Describe();
    return;
  }
}

std::string AskEverything(const LabSettings& settings) {
  Json answer = Json::object();
  try {
    Lab lab(settings);
    Subject& runtime = lab.runtime();
    answer["version"] = VersionIn(Ask(runtime, {"--version"}, false).out);
    answer["capabilities"] = Capabilities(runtime, lab.Id("absent"));
    TryLife(lab, runtime, answer);
  } catch (const LabBroken& broken) {
    answer["life"] = std::string("the lab: ") + broken.what();
  }
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// In the forked process.
std::string Answer(const WorkerSettings& settings, int number) {
  auto worker = Worker::Start(settings);
  if (!worker) return Json({{"layout", worker.error()}}).dump();
  auto text = (*worker)->RunInLab(number, AskEverything);
  if (!text) return Json({{"life", "the probe: " + text.error()}}).dump();
  Json answer = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (answer.is_object()) answer["unwatched"] = (*worker)->unwatched();
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Probe ProbeRuntime(const WorkerSettings& settings, int number) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {.life_problem = "pipe"};
  FileDescriptor in(ends[0]), out(ends[1]);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0);
    _exit(WriteAll(out.get(), Answer(settings, number)) ? 0 : 1);
  }
  out.Close();
  std::string text = ReadAll(in.get());
  waitpid(pid, nullptr, 0);
  Json answer = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return {.life_problem = "the probe came to no end"};
  Probe probe{.layout_problem = answer.value("layout", ""),
              .create_problem = answer.value("create", ""),
              .life_problem = answer.value("life", ""),
              .version = answer.value("version", ""),
              .unwatched = answer.value("unwatched", std::vector<std::string>{})};
  for (int capability : answer.value("capabilities", std::vector<int>{})) {
    probe.capabilities.push_back(static_cast<Capability>(capability));
  }
  return probe;
}

}  // namespace reapcheck::conformance
