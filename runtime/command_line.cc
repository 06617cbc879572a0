#include "runtime/command_line.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/file_text.h"
#include "runtime/linux_container_kernel.h"
#include "runtime/linux_kernel.h"
#include "runtime/listing.h"
#include "runtime/log.h"
#include "runtime/oci_config.h"
#include "runtime/own_binary.h"
#include "runtime/supervise.h"
#include "runtime/version.h"

namespace reapcheck {
namespace {

struct Globals {
  std::string root = "/run/reaprun";
  std::string log;
  std::string log_format = "text";
  std::string rootless = "auto";
  std::string profile = "reference";
  bool systemd_cgroup = false;
  bool debug = false;
};

// What one command was given.
struct Words {
  std::string id;
  std::vector<std::string> ids;
  std::string signal = "SIGTERM";
  bool all = false;
  bool force = false;
  bool quiet = false;
  std::string format = "table";
  std::string bundle;
  bool detach = false;
  bool spec_rootless = false;
  CreateOptions create;
  ExecOptions exec;
};

// One invocation: the kernel, the runtime of the chosen profile, and where messages go.
class Program {
 public:
  Program(const Globals& globals, Log& log, char** argv, const RuntimeFactory& factory)
      : log_(log),
        argv_(argv),
        factory_(factory),
        kernel_(factory.MakeKernel()),
        container_kernel_(factory.MakeContainerKernel(*kernel_)),
        runtime_(factory.MakeRuntime(globals.profile, *kernel_, globals.root,
                                     [&log](const std::string& text) { log.Warning(text); })),
        builder_(factory.MakeBuilder(*runtime_, *container_kernel_)) {}

  int Create(const Words& words) {
    return Protected() ? Done(builder_->Create(words.id, WithBundle(words))) : 1;
  }
  int Start(const Words& words) { return Done(builder_->Start(words.id)); }
  int Run(const Words& words);
  int Exec(const Words& words);
  int State(const Words& words) {
    auto state = runtime_->State(words.id);
    return state ? Print(*state + "\n") : Failed(state.error());
  }
  int List(const Words& words);
  int Ps(const Words& words);
  int Kill(const Words& words) {
    return Done(runtime_->Kill(words.id, {.signal = words.signal, .all = words.all}));
  }
  int Delete(const Words& words);
  int Pause(const Words& words) { return Done(runtime_->Pause(words.id)); }
  int Resume(const Words& words) { return Done(runtime_->Resume(words.id)); }
  int Spec(const Words& words);
  int Features(const Words&) { return Print(FeaturesText() + "\n"); }

 private:
  static CreateOptions WithBundle(const Words& words) {
    CreateOptions options = words.create;
    options.bundle = words.bundle;
    return options;
  }

  int Failed(const Failure& failure) {
    log_.Error(failure.text);
    return 1;
  }
  template <typename T>
  int Done(const Outcome<T>& outcome) {
    return outcome ? 0 : Failed(outcome.error());
  }

  // The output of a command is its result: one that can not be written is a failure.
  int Print(const std::string& text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (written && std::fflush(stdout) == 0) return 0;
    return Failed(Error{errno, "write", "standard output"});
  }

  bool Protected() {
    auto done = factory_.Protect(argv_);
    if (!done) Failed(done.error());
    return done.has_value();
  }

  // Waits for a foreground program. 1 when that is not possible.
  int Foreground(Pid child, const OwnedFd& console) {
    auto code = Supervise(child, console);
    return code ? *code : Failed(code.error());
  }

  Log& log_;
  char** argv_;
  const RuntimeFactory& factory_;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<ContainerKernel> container_kernel_;
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<Builder> builder_;
};

// True when the bundle's program wants a terminal. A config.json that can not be read is create's
// to complain about.
bool WantsTerminal(Kernel& kernel, const std::string& bundle) {
  auto text = ReadFileText(kernel, kCwd, (bundle.empty() ? "." : bundle) + "/" + kConfigFile);
  auto config = text ? ParseOciConfig(*text, "/") : Outcome<OciConfig>(Refuse(text.error(), ""));
  return config && config->process && config->process->terminal;
}

int Program::Run(const Words& words) {
  if (!Protected()) return 1;
  CreateOptions options = WithBundle(words);
  ConsolePair console;
  if (!words.detach) {
    HoldSignals();
    if (options.console_socket.empty() && WantsTerminal(*kernel_, options.bundle)) {
      auto pair = MakeConsolePair(*kernel_);
      if (!pair) return Failed(pair.error());
      console = std::move(*pair);
      options.console = console.for_child.get();
    }
  }
  auto init = builder_->Create(words.id, options);
  if (!init) return Failed(init.error());
  console.for_child.Reset();
  auto started = builder_->Start(words.id);
  if (started && words.detach) return 0;
  const int code = started ? Foreground(*init, console.own) : Failed(started.error());
  auto deleted = runtime_->Delete(words.id, {.force = true, .only_with_init = *init});
  // Somebody else was faster: then there is nothing left to do.
  if (!deleted && deleted.error().kind == FailureKind::kNotFound) return code;
  return deleted ? code : Failed(deleted.error());
}

int Program::Exec(const Words& words) {
  if (!Protected()) return 1;
  ExecOptions options = words.exec;
  options.detach = words.detach;
  ConsolePair console;
  if (!words.detach) {
    HoldSignals();
    if (options.terminal && options.console_socket.empty()) {
      auto pair = MakeConsolePair(*kernel_);
      if (!pair) return Failed(pair.error());
      console = std::move(*pair);
      options.console = console.for_child.get();
    }
  }
  auto pid = builder_->Exec(words.id, options);
  if (!pid) return Failed(pid.error());
  console.for_child.Reset();
  return words.detach ? 0 : Foreground(*pid, console.own);
}

int Program::List(const Words& words) {
  auto listed = runtime_->List();
  if (!listed) return Failed(listed.error());
  if (words.quiet) return Print(ListIds(*listed));
  return Print(words.format == "json" ? ListJson(*listed) : ListTable(*listed));
}

int Program::Ps(const Words& words) {
  auto pids = runtime_->Ps(words.id);
  if (!pids) return Failed(pids.error());
  return Print(words.format == "json" ? PidsJson(*pids) : PidsTable(*kernel_, *pids));
}

int Program::Delete(const Words& words) {
  int code = 0;
  for (const std::string& id : words.ids) {
    // One that fails does not keep the others from being deleted.
    if (Done(runtime_->Delete(id, {.force = words.force})) != 0) code = 1;
  }
  return code;
}

int Program::Spec(const Words& words) {
  const std::string path =
      (words.bundle.empty() ? std::string() : words.bundle + "/") + "config.json";
  auto file = kernel_->OpenAt(kCwd, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!file) return Failed(file.error());
  auto written = WriteText(*kernel_, file->get(), DefaultOciConfigText(words.spec_rootless));
  return written ? 0 : Failed(written.error());
}

void AddCreateOptions(CLI::App& command, Words& words) {
  command.add_option("-b,--bundle", words.bundle, "directory of config.json (default: .)");
  command.add_option("--pid-file", words.create.pid_file, "file to write init's pid to");
  command.add_option("--console-socket", words.create.console_socket,
                     "unix socket that receives the terminal");
  command.add_flag("--no-pivot", words.create.no_pivot, "move the root instead of pivot_root");
  command.add_option("--preserve-fds", words.create.preserve_fds,
                     "further descriptors to pass to the program, from 3 on")
      ->check(CLI::Range(0, 1024));
}

void AddExecOptions(CLI::App& command, Words& words) {
  ExecOptions& exec = words.exec;
  command.add_option("-p,--process", exec.process_file, "process.json instead of arguments");
  command.add_option("-e,--env", exec.environment, "NAME=value to add")->expected(1);
  command.add_option("--cwd", exec.cwd, "working directory in the container");
  command.add_option("-u,--user", exec.user, "UID[:GID]");
  command.add_option("-g,--additional-gids", exec.additional_gids, "further groups")->expected(1);
  command.add_option("-c,--cap", exec.capabilities, "capability to add")->expected(1);
  command.add_flag("--no-new-privs", exec.no_new_privileges, "set no_new_privs");
  command.add_flag("-t,--tty", exec.terminal, "give it a terminal");
  command.add_flag("-d,--detach", words.detach, "do not wait for it");
  command.add_option("--pid-file", exec.pid_file, "file to write its pid to");
  command.add_option("--console-socket", exec.console_socket,
                     "unix socket that receives the terminal");
  command.add_option("--preserve-fds", exec.preserve_fds, "further descriptors to pass")
      ->check(CLI::Range(0, 1024));
  command.prefix_command();
}

using Command = int (Program::*)(const Words&);

CLI::App* AddCommand(CLI::App& app, Command& chosen, const char* name, const char* help,
                     Command command) {
  CLI::App* added = app.add_subcommand(name, help);
  added->callback([&chosen, command] { chosen = command; });
  return added;
}

CLI::App* AddIdCommand(CLI::App& app, Words& words, Command& chosen, const char* name,
                       const char* help, Command command) {
  CLI::App* added = AddCommand(app, chosen, name, help, command);
  added->add_option("ID", words.id, "the container")->required();
  return added;
}

// What a command takes besides its id.
using AddOptions = void (*)(CLI::App& command, Words& words);

void AddNothing(CLI::App&, Words&) {}

void AddRunOptions(CLI::App& command, Words& words) {
  AddCreateOptions(command, words);
  command.add_flag("-d,--detach", words.detach, "do not wait and do not delete");
}

void AddKillOptions(CLI::App& command, Words& words) {
  command.add_option("SIGNAL,--signal", words.signal, "name or number (default: SIGTERM)");
  command.add_flag("-a,--all", words.all, "to all of its processes");
}

void AddDeleteOptions(CLI::App& command, Words& words) {
  command.add_option("ID", words.ids, "the containers")->required();
  command.add_flag("-f,--force", words.force, "kill what runs, clean up what is broken");
}

void AddFormat(CLI::App& command, Words& words) {
  command.add_option("-f,--format", words.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}));
}

void AddListOptions(CLI::App& command, Words& words) {
  command.add_flag("-q,--quiet", words.quiet, "ids only");
  AddFormat(command, words);
}

void AddSpecOptions(CLI::App& command, Words& words) {
  command.add_option("-b,--bundle", words.bundle, "directory to write it to");
  command.add_flag("--rootless", words.spec_rootless, "for a user who is not root");
}

struct CommandEntry {
  const char* name;
  const char* help;
  Command command;
  bool has_id;
  AddOptions add_options;
};

constexpr CommandEntry kCommands[] = {
    {"create", "make a container; its program waits for start", &Program::Create, true,
     AddCreateOptions},
    {"start", "let a created container's program run", &Program::Start, true, AddNothing},
    {"run", "create, start, wait, delete (--detach: create and start)", &Program::Run, true,
     AddRunOptions},
    {"exec", "run one more program in a container: exec [OPTIONS] ID ARGS...", &Program::Exec, true,
     AddExecOptions},
    {"kill", "send a signal to a container", &Program::Kill, true, AddKillOptions},
    {"delete", "remove all that is left of containers", &Program::Delete, false, AddDeleteOptions},
    {"pause", "freeze a container", &Program::Pause, true, AddNothing},
    {"resume", "thaw a paused container", &Program::Resume, true, AddNothing},
    {"state", "print the state of a container", &Program::State, true, AddNothing},
    {"list", "list containers", &Program::List, false, AddListOptions},
    {"ps", "list the processes of a container", &Program::Ps, true, AddFormat},
    {"spec", "write a config.json to start from", &Program::Spec, false, AddSpecOptions},
    {"features", "print what is supported, as JSON", &Program::Features, false, AddNothing}};

// To build all commands takes longer than a kill does: only those whose names are on the command
// line are built, wherever they stand there, and all when that tells nothing.
void AddCommands(CLI::App& app, const std::set<std::string>& typed, Words& words,
                 Command& chosen) {
  const bool all = typed.contains("--help") || typed.contains("-h") ||
                   std::ranges::none_of(kCommands, [&](const CommandEntry& entry) {
                     return typed.contains(entry.name);
                   });
  for (const CommandEntry& entry : kCommands) {
    if (!all && !typed.contains(entry.name)) continue;
    auto* added = entry.has_id
                      ? AddIdCommand(app, words, chosen, entry.name, entry.help, entry.command)
                      : AddCommand(app, chosen, entry.name, entry.help, entry.command);
    entry.add_options(*added, words);
  }
}

void AddGlobals(CLI::App& app, Globals& globals) {
  app.add_option("--root", globals.root, "directory of the records (default: /run/reaprun)");
  app.add_option("--log", globals.log, "file to append messages to");
  app.add_option("--log-format", globals.log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--debug", globals.debug, "say more");
  app.add_flag("--systemd-cgroup", globals.systemd_cgroup, "not supported: refused");
  app.add_option("--rootless", globals.rootless, "true, false or auto: nothing depends on it")
      ->check(CLI::IsMember({"true", "false", "auto"}));
  app.add_option("--profile", globals.profile, "how kill and delete behave")
      ->check(CLI::IsMember(ProfileNames()));
  app.set_version_flag("-v,--version", VersionText());
}

}  // namespace

std::unique_ptr<Kernel> RuntimeFactory::MakeKernel() const {
  return std::make_unique<LinuxKernel>();
}

std::unique_ptr<ContainerKernel> RuntimeFactory::MakeContainerKernel(Kernel& kernel) const {
  return std::make_unique<LinuxContainerKernel>(kernel);
}

std::unique_ptr<Runtime> RuntimeFactory::MakeRuntime(const std::string& profile, Kernel& kernel,
                                                     const std::string& root,
                                                     WarningSink warn) const {
  return reapcheck::MakeRuntime(profile, kernel, root, std::move(warn));
}

std::unique_ptr<Builder> RuntimeFactory::MakeBuilder(Runtime& runtime,
                                                     ContainerKernel& container_kernel) const {
  return std::make_unique<Builder>(runtime, container_kernel);
}

Result<void> RuntimeFactory::Protect(char** argv) const { return ProtectOwnBinary(argv); }

namespace {

// A caller may have closed its standard streams. What is opened next would take their numbers, and
// be handed on to hooks and programs as theirs.
bool OpenStandardStreams() {
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR)) {
    if (fd <= STDERR_FILENO) continue;
    ::close(fd);
    return true;
  }
  return false;
}

// The value of a global option, for when the command line as a whole could not be understood.
std::string WordAfter(int argc, char** argv, const std::string& option) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == option && i + 1 < argc) return argv[i + 1];
    if (word.starts_with(option + "=")) return word.substr(option.size() + 1);
  }
  return "";
}

int UsageError(int argc, char** argv, Log& log, const std::string& what) {
  const std::string file = WordAfter(argc, argv, "--log");
  log.SetJson(WordAfter(argc, argv, "--log-format") == "json");
  if (!file.empty()) static_cast<void>(log.Open(file));
  log.Error(what + " (reaprun --help)");
  return 1;
}

}  // namespace

int RunCommandLine(int argc, char** argv, RuntimeFactory& factory) {
  // A reader that goes away is a failed write, not a death half way through an operation.
  ::signal(SIGPIPE, SIG_IGN);
  if (!OpenStandardStreams()) return 1;
  Log log;
  Globals globals;
  Words words;
  Command chosen = nullptr;
  CLI::App app("reaprun: an OCI runtime whose containers can be killed and cleaned up, completely");
  app.name("reaprun");
  app.require_subcommand(1);
  AddGlobals(app, globals);
  AddCommands(app, std::set<std::string>(argv + 1, argv + argc), words, chosen);
  factory.AddOptions(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> unknown = app.remaining();
    return UsageError(argc, argv, log,
                      unknown.empty() ? error.what() : "unknown command or option " + unknown[0]);
  }
  log.SetJson(globals.log_format == "json");
  log.SetDebug(globals.debug);
  if (!globals.log.empty() && !log.Open(globals.log)) {
    log.Error("--log " + globals.log + ": " + ErrnoName(errno));
    return 1;
  }
  if (globals.systemd_cgroup) {
    log.Error("--systemd-cgroup: not supported, only the cgroup file system");
    return 1;
  }
  words.exec.arguments = app.get_subcommands().front()->remaining();
  Program program(globals, log, argv, factory);
  return (program.*chosen)(words);
}

}  // namespace reapcheck
