// reaprun with one step overridden: reaprun_mutant --mutant NAME and then reaprun's command line.
#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

#include "conformance/mutants/mutant.h"
#include "runtime/command_line.h"

namespace reapcheck::mutants {
namespace {

class MutantFactory : public RuntimeFactory {
 public:
  MutantFactory() {
    for (Mutant& mutant : AllMutants()) parts_.emplace(mutant.name, mutant.part);
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("--mutant", name_, "the step to get wrong")
        ->required()
        ->check(CLI::IsMember(&parts_));
  }

  std::unique_ptr<Kernel> MakeKernel() const override {
    auto* make = std::get_if<KernelMaker>(&part());
    return make != nullptr ? (*make)() : RuntimeFactory::MakeKernel();
  }
  std::unique_ptr<ContainerKernel> MakeContainerKernel(Kernel& kernel) const override {
    auto* make = std::get_if<ContainerKernelMaker>(&part());
    return make != nullptr ? (*make)(kernel) : RuntimeFactory::MakeContainerKernel(kernel);
  }
  std::unique_ptr<Runtime> MakeRuntime(const std::string& profile, Kernel& kernel,
                                       const std::string& root, WarningSink warn) const override {
    auto* make = std::get_if<RuntimeMaker>(&part());
    return make != nullptr
               ? (*make)(kernel, root, std::move(warn))
               : RuntimeFactory::MakeRuntime(profile, kernel, root, std::move(warn));
  }
  std::unique_ptr<Builder> MakeBuilder(Runtime& runtime,
                                       ContainerKernel& container_kernel) const override {
    auto* make = std::get_if<BuilderMaker>(&part());
    return make != nullptr ? (*make)(runtime, container_kernel)
                           : RuntimeFactory::MakeBuilder(runtime, container_kernel);
  }
  Result<void> Protect(char** argv) const override {
    return std::holds_alternative<Unprotected>(part()) ? Result<void>()
                                                       : RuntimeFactory::Protect(argv);
  }

 private:
  const Part& part() const { return parts_.at(name_); }

  std::map<std::string, Part> parts_;
  std::string name_;
};

}  // namespace
}  // namespace reapcheck::mutants

int main(int argc, char** argv) {
  reapcheck::mutants::MutantFactory factory;
  return reapcheck::RunCommandLine(argc, argv, factory);
}
