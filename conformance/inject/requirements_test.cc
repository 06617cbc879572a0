#include "conformance/inject/requirements.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace reapcheck::inject {
namespace {

std::string Written(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string Bytes(const Elf64_Ehdr& header) {
  return std::string(reinterpret_cast<const char*>(&header), sizeof header);
}

Elf64_Ehdr Header(unsigned char machine_class, Elf64_Half machine) {
  Elf64_Ehdr header{.e_machine = machine};
  std::copy_n(ELFMAG, SELFMAG, header.e_ident);
  header.e_ident[EI_CLASS] = machine_class;
  return header;
}

TEST(Requirements, AProgramOfThisMachineIsTraceable) {
  EXPECT_EQ(WhyNotTraceable("/proc/self/exe"), "");
}

TEST(Requirements, AScriptIsTold) {
  const std::string path = Written("script", "#!/bin/sh\nexec runc \"$@\"\n");
  EXPECT_EQ(WhyNotTraceable(path),
            path + ": is a script: give the program that it calls, whose calls are to fail");
}

TEST(Requirements, ProgramsOfOtherMachinesAreTold) {
  for (const auto& [machine_class, machine] :
       {std::pair<unsigned char, Elf64_Half>{ELFCLASS64, EM_AARCH64}, {ELFCLASS32, EM_386}}) {
    const std::string path = Written("other", Bytes(Header(machine_class, machine)));
    EXPECT_EQ(WhyNotTraceable(path), path + ": is a program for another machine than x86-64");
  }
}

TEST(Requirements, WhatIsNoProgramIsTold) {
  for (const std::string& bytes : {std::string(), std::string("text"), std::string(200, 'x')}) {
    const std::string path = Written("none", bytes);
    EXPECT_EQ(WhyNotTraceable(path), path + ": is no program of this system (ELF)");
  }
}

TEST(Requirements, ThisMachineHasWhatTheOtherTestsUse) {
  if (geteuid() != 0) GTEST_SKIP() << "a filter without no_new_privs needs root";
  EXPECT_EQ(MissingOnThisMachine(), "");
}

}  // namespace
}  // namespace reapcheck::inject
