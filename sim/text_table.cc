#include "sim/text_table.h"

#include <algorithm>

#include "sim/hash.h"

namespace reapcheck::sim {

TextTable::TextTable() { Intern(""); }

TextId TextTable::Intern(std::string_view text) {
  if (auto known = numbers_.find(text); known != numbers_.end()) return TextId{known->second};
  const auto number = static_cast<std::uint32_t>(texts_.size());
  const std::string_view kept = storage_.emplace_back(text);
  texts_.push_back(kept);
  hashes_.push_back(HashBytes(kept));
  is_split_.push_back(false);
  components_.emplace_back();
  numbers_.emplace(kept, number);
  return TextId{number};
}

void TextTable::Split(TextId id) {
  std::vector<TextId> components;
  std::string_view rest = Text(id);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    if (end > 0) components.push_back(Intern(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  components_[id.number] = std::move(components);
  is_split_[id.number] = true;
}

}  // namespace reapcheck::sim
