#include "conformance/inject/requirements.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

namespace reapcheck::inject {
namespace {

// A program of these bytes, and what is said of it: the name stands for its path.
std::string Said(const std::string& bytes) {
  const std::string path = testing::TempDir() + "/requirements_test";
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string said = WhyNotTraceable(path);
  std::remove(path.c_str());
  EXPECT_TRUE(said.empty() || said.starts_with(path + ": ")) << said;
  return said.empty() ? "" : said.substr(path.size() + 2);
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
  EXPECT_EQ(Said("#!/bin/sh\nexec runc \"$@\"\n"),
            "is a script: give the program that it calls, whose calls are to fail");
}

TEST(Requirements, ProgramsOfOtherMachinesAreTold) {
  for (const auto& [machine_class, machine] :
       {std::pair<unsigned char, Elf64_Half>{ELFCLASS64, EM_AARCH64}, {ELFCLASS32, EM_386}}) {
    EXPECT_EQ(Said(Bytes(Header(machine_class, machine))),
              "is a program for another machine than x86-64");
  }
}

TEST(Requirements, WhatIsNoProgramIsTold) {
  for (const std::string& bytes : {std::string(), std::string("text"), std::string(200, 'x')}) {
    EXPECT_EQ(Said(bytes), "is no program of this system (ELF)");
  }
}

TEST(Requirements, ThisMachineHasWhatTheOtherTestsUse) {
  if (geteuid() != 0) GTEST_SKIP() << "a filter without no_new_privs needs root";
  EXPECT_EQ(MissingOnThisMachine(), "");
}

}  // namespace
}  // namespace reapcheck::inject
