#include "sim/text_table.h"

#include <algorithm>

#include "sim/hash.h"

namespace reapcheck::sim {

TextTable::TextTable() { Intern(""); }

TextId TextTable::Intern(std::string_view text) {
  const std::uint64_t key = HashForLookup(text);
  const auto known =
      numbers_.Find(key, [&](std::uint32_t number) { return texts_[number] == text; });
  if (known) return TextId{*known};
  const auto number = static_cast<std::uint32_t>(texts_.size());
  const std::string_view kept = storage_.emplace_back(text);
  texts_.push_back(kept);
  hashes_.push_back(HashBytes(kept));
  paths_.emplace_back();
  numbers_.Add(key, number);
  return TextId{number};
}

void TextTable::Split(TextId id) {
  std::vector<TextId>& components = components_.emplace_back();
  const std::string_view text = Text(id);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    if (end > 0) components.push_back(Intern(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  paths_[id.number] = {.components = components,
                       .is_absolute = text.starts_with('/'),
                       .ends_with_slash = text.ends_with('/'),
                       .is_known = true};
}

}  // namespace reapcheck::sim
