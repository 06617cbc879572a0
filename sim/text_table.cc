#include "sim/text_table.h"

#include <algorithm>

#include "sim/hash.h"

namespace reapcheck::sim {

TextTable::TextTable() { Intern(""); }

TextId TextTable::Intern(std::string_view text) {
  if (auto known = numbers_.find(text); known != numbers_.end()) return TextId{known->second};
  const auto number = static_cast<std::uint32_t>(entries_.size());
  Entry& entry = entries_.emplace_back();
  entry.text = text;
  entry.hash = HashBytes(entry.text);
  numbers_.emplace(entry.text, number);
  return TextId{number};
}

std::span<const TextId> TextTable::Components(TextId id) {
  if (!entries_[id.number].is_split) {
    std::vector<TextId> components;
    std::string_view rest = Text(id);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      if (end > 0) components.push_back(Intern(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    entries_[id.number].components = std::move(components);
    entries_[id.number].is_split = true;
  }
  return entries_[id.number].components;
}

}  // namespace reapcheck::sim
