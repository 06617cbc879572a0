// reaprun.
#include "runtime/command_line.h"

int main(int argc, char** argv) {
  reapcheck::RuntimeFactory factory;
  return reapcheck::RunCommandLine(argc, argv, factory);
}
