// Checks of the house style that need no judgement: sizes, names, and which way includes point.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace reapcheck {
namespace {

namespace fs = std::filesystem;

struct SourceFile {
  std::string path;  // from the root of the tree
  std::vector<std::string> lines;
};

bool IsSource(const fs::path& path) {
  return path.extension() == ".cc" || path.extension() == ".h";
}

// The tree in which the WORKSPACE lies that the runfiles link to.
std::vector<SourceFile> ReadTree() {
  const fs::path root = fs::canonical("WORKSPACE").parent_path();
  std::vector<SourceFile> files;
  for (const char* folder : {"runtime", "sim", "conformance", "fuzz", "tools"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !IsSource(entry.path())) continue;
      SourceFile file{.path = fs::relative(entry.path(), root).string()};
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

const std::vector<SourceFile>& Tree() {
  static const std::vector<SourceFile> tree = ReadTree();
  return tree;
}

// Characters, not bytes: a continuation byte of UTF-8 is none.
std::size_t Columns(const std::string& line) {
  return std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; });
}

bool OpensFunction(const std::string& line) {
  static const std::regex kOther("^(namespace|class|struct|enum|union|extern|\\}|#|\\)).*");
  return !line.empty() && line[0] != ' ' && line.back() == '{' &&
         line.find('(') != std::string::npos && line.find("R\"") == std::string::npos &&
         !std::regex_match(line, kOther);
}

TEST(Tidy, TreeIsFound) { EXPECT_GT(Tree().size(), 100u); }

TEST(Tidy, LinesFitIntoAHundredColumns) {
  for (const SourceFile& file : Tree()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_LE(Columns(file.lines[i]), 100u) << file.path << ":" << i + 1;
    }
  }
}

TEST(Tidy, FilesAreShort) {
  // Test data and tables of inputs are read by nobody from top to bottom.
  const std::regex data(".*(_test_data\\.h|_test\\.cc)");
  for (const SourceFile& file : Tree()) {
    if (std::regex_match(file.path, data)) continue;
    EXPECT_LE(file.lines.size(), 450u) << file.path;
  }
}

TEST(Tidy, FunctionsAreShort) {
  for (const SourceFile& file : Tree()) {
    // What is there is tables, one row a mutant.
    if (file.path.starts_with("conformance/mutants/")) continue;
    std::size_t start = 0;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (start == 0 && OpensFunction(file.lines[i])) start = i + 1;
      if (start == 0 || !file.lines[i].starts_with("}")) continue;
      EXPECT_LE(i + 2 - start, 72u) << file.path << ":" << start;
      start = 0;
    }
  }
}

TEST(Tidy, NamesSayWhatAThingIs) {
  const std::regex vague(".*(^|[/_])(util|utils|common|helper|helpers|misc|manager)[_./].*");
  for (const SourceFile& file : Tree()) {
    EXPECT_FALSE(std::regex_match(file.path, vague)) << file.path;
  }
}

TEST(Tidy, IncludesPointDownwards) {
  const std::vector<std::string> order = {"runtime", "sim", "conformance", "fuzz", "tools"};
  const auto level = [&](const std::string& path) {
    return std::ranges::find(order, path.substr(0, path.find('/'))) - order.begin();
  };
  const std::regex include("#include \"([a-z]+/[^\"]+)\".*");
  for (const SourceFile& file : Tree()) {
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (!std::regex_match(line, match, include)) continue;
      EXPECT_LE(level(match[1]), level(file.path)) << file.path << " includes " << match[1];
    }
  }
}

TEST(Tidy, TheReferenceRuntimeIsFreeOfTestLibraries) {
  const std::regex banned("#include <(gtest|gmock|rapidcheck).*");
  for (const SourceFile& file : Tree()) {
    if (!file.path.starts_with("runtime/") || file.path.ends_with("_test.cc")) continue;
    // container_lab is what the tests of container_init share.
    if (file.path.starts_with("runtime/container_lab")) continue;
    for (const std::string& line : file.lines) {
      EXPECT_FALSE(std::regex_match(line, banned)) << file.path << ": " << line;
    }
  }
}

// kill, delete and what they are made of: they ask the system through Kernel alone.
TEST(Tidy, KillAndDeleteMakeNoSystemCallsThemselves) {
  const std::regex call(".*[^a-zA-Z_:>.\"]::(open|openat|read|write|close|kill|syscall|unlink|"
                        "rename|mkdir|poll|fork|getpid|clock_gettime|usleep|nanosleep)\\(.*");
  const std::regex path("runtime/(cgroup.*|container_directory|create|deadline|delete|"
                        "derive_record|exec|file_text|hooks|kill|lifecycle|list|pause|pid_file|"
                        "process|ps|record|runc_2016|start|state|sync_message)\\.(cc|h)");
  // It has the name of a cgroup file, and is a part of container_init.
  const std::string child_side = "runtime/cgroup_mount.cc";
  std::size_t seen = 0;
  for (const SourceFile& file : Tree()) {
    const bool is_test = file.path.ends_with("_test.cc") || file.path.contains("/cgroup_lab.");
    if (!std::regex_match(file.path, path) || file.path == child_side || is_test) continue;
    ++seen;
    for (const std::string& line : file.lines) {
      EXPECT_FALSE(std::regex_match(line, call)) << file.path << ": " << line;
      EXPECT_EQ(line.find("errno;"), std::string::npos) << file.path << ": " << line;
    }
  }
  EXPECT_GT(seen, 20u);
}

// A poll may pause for a millisecond; whatever waits longer waits for an event.
// The type that a line begins to define at the top level of a namespace: "CgroupView"; or "".
std::string TypeDefinedBy(const std::string& line) {
  static const std::regex kDefinition("^(?:struct|class) (\\w+)(?: final)?(?: : .*)? \\{.*");
  std::smatch match;
  return std::regex_match(line, match, kDefinition) ? match[1].str() : "";
}

// Two types of one name in one namespace: the linker takes the functions of either for both, and
// no tool but a sanitizer tells.
TEST(Tidy, TypesHaveOneDefinition) {
  const std::regex opens("^namespace ?([a-z:_]*) ?\\{$");
  std::map<std::string, std::string> defined;  // qualified name to file
  for (const SourceFile& file : Tree()) {
    std::vector<std::string> namespaces;
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (std::regex_match(line, match, opens)) namespaces.push_back(match[1]);
      if (line.starts_with("}  // namespace") && !namespaces.empty()) namespaces.pop_back();
      const std::string type = TypeDefinedBy(line);
      if (type.empty() || std::ranges::count(namespaces, "") > 0) continue;
      std::string name;
      for (const std::string& part : namespaces) name += part + "::";
      const auto [known, is_new] = defined.try_emplace(name + type, file.path);
      EXPECT_TRUE(is_new) << name + type << " in " << file.path << " and in " << known->second;
    }
  }
  EXPECT_GT(defined.size(), 100u);
}

TEST(Tidy, NothingSleepsForAFixedTime) {
  const std::regex sleep(
      ".*(sleep_for\\((?!std::chrono::milliseconds\\(1\\))|[^a-zA-Z_]sleep\\(|"
      "usleep\\((?!1000\\))).*");
  for (const SourceFile& file : Tree()) {
    if (file.path == "tools/tidy/tidy_test.cc") continue;
    for (const std::string& line : file.lines) {
      EXPECT_FALSE(std::regex_match(line, sleep)) << file.path << ": " << line;
    }
  }
}

}  // namespace
}  // namespace reapcheck
