#include "sim/contract_lab.h"

#include "sim/contract_lab_linux.h"
#include "sim/contract_lab_sim.h"

namespace reapcheck::sim {

std::string_view NameOf(KernelKind kind) {
  switch (kind) {
    case KernelKind::kSim:
      return "sim";
    case KernelKind::kLinux:
      return "linux";
  }
  return "";
}

std::string_view NameOf(LabLayout layout) {
  switch (layout) {
    case LabLayout::kV1:
      return "v1";
    case LabLayout::kV2:
      return "v2";
  }
  return "";
}

std::string WhyNoLab(KernelKind kind, LabLayout layout) {
  return kind == KernelKind::kLinux ? LinuxLab::WhyNot(layout) : "";
}

std::unique_ptr<ContractLab> MakeLab(KernelKind kind, LabLayout layout) {
  if (kind == KernelKind::kLinux) return std::make_unique<LinuxLab>(layout);
  return std::make_unique<SimLab>(layout);
}

}  // namespace reapcheck::sim
