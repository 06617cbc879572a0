// Texts as numbers: paths, file contents and messages of simulated calls, so that calls, results
// and the whole simulated world are plain values that can be copied and compared as bytes.
//
// Append-only. Every number stays valid for the table's life; the views that Text returns do too.
// One thread. A text's number depends on the order in which texts came, its Hash does not.
#ifndef REAPCHECK_SIM_TEXT_TABLE_H_
#define REAPCHECK_SIM_TEXT_TABLE_H_

#include <compare>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/key_map.h"

namespace reapcheck::sim {

// 0 is the empty text.
struct TextId {
  std::uint32_t number = 0;
  auto operator<=>(const TextId&) const = default;
};

struct PathParts {
  std::span<const TextId> components;  // of "/a//b/": "a", "b"
  bool is_absolute = false;
  bool ends_with_slash = false;
  bool is_known = false;  // the rest is
};

class TextTable {
 public:
  TextTable();
  TextTable(const TextTable&) = delete;
  TextTable& operator=(const TextTable&) = delete;

  TextId Intern(std::string_view text);
  std::string_view Text(TextId id) const { return texts_[id.number]; }
  // Depends on the bytes alone.
  std::uint64_t Hash(TextId id) const { return hashes_[id.number]; }
  // The text as a path. Made once.
  PathParts Path(TextId id) {
    if (!paths_[id.number].is_known) Split(id);
    return paths_[id.number];
  }

  std::size_t size() const { return texts_.size(); }

  // What a World remembers beside the texts (world_memo.h): made once, gone with them.
  std::shared_ptr<void>& companion() { return companion_; }

 private:
  void Split(TextId id);

  std::deque<std::string> storage_;
  // By number.
  std::vector<std::string_view> texts_;
  std::vector<std::uint64_t> hashes_;
  std::vector<PathParts> paths_;
  std::deque<std::vector<TextId>> components_;
  KeyMap numbers_;
  std::shared_ptr<void> companion_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_TEXT_TABLE_H_
