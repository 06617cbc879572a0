// ParseJson of json_reader.h: the only source file of the configuration that includes
// nlohmann_json, which is slow to compile.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/json_reader.h"

namespace reapcheck {
namespace {

// The deepest place that the specification knows is nine levels down.
// Without a bound a hostile file could exhaust the stack of whoever walks the tree.
constexpr std::size_t kDeepest = 64;

// Builds JsonValues from the events of the parser. Returning false ends the parsing.
class TreeBuilder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return Add({}); }
  bool boolean(bool value) {
    return Add({.kind = JsonValue::Kind::kBool, .boolean = value});
  }
  bool number_integer(number_integer_t value) {
    // The parser reports "-0" here; zero has one form only.
    if (value == 0) return number_unsigned(0);
    return Add({.kind = JsonValue::Kind::kInteger, .integer = value});
  }
  bool number_unsigned(number_unsigned_t value) {
    return Add({.kind = JsonValue::Kind::kUnsigned, .unsigned_integer = value});
  }
  bool number_float(number_float_t, const string_t&) {
    return Add({.kind = JsonValue::Kind::kReal});
  }
  bool string(string_t& value) {
    return Add({.kind = JsonValue::Kind::kString, .text = std::move(value)});
  }
  bool binary(binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return Open(JsonValue::Kind::kObject); }
  bool start_array(std::size_t) { return Open(JsonValue::Kind::kArray); }
  bool end_array() { return Close(); }

  bool key(string_t& name) {
    open_.back()->keys.push_back(std::move(name));
    return true;
  }

  bool end_object() {
    std::vector<std::string_view> sorted(open_.back()->keys.begin(), open_.back()->keys.end());
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice != sorted.end()) {
      problem_ = "an object has the key " + Quoted(*twice) + " twice";
      return false;
    }
    return Close();
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) {
    problem_ = "not valid JSON at byte " + std::to_string(position);
    return false;
  }

  JsonValue TakeRoot() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

 private:
  JsonValue* Place(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    // A parent does not move while its children are built, so pointers to it stay good.
    return &open_.back()->elements.emplace_back(std::move(value));
  }

  bool Add(JsonValue value) {
    Place(std::move(value));
    return true;
  }

  bool Open(JsonValue::Kind kind) {
    if (open_.size() >= kDeepest) {
      problem_ = "nested more than " + std::to_string(kDeepest) + " levels deep";
      return false;
    }
    open_.push_back(Place({.kind = kind}));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  JsonValue root_;
  std::vector<JsonValue*> open_;
  std::string problem_ = "not valid JSON";
};

}  // namespace

Outcome<JsonValue> ParseJson(std::string_view text, const std::string& where) {
  TreeBuilder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return Refuse(FailureKind::kInvalidConfig, where + ": " + builder.problem());
  }
  return builder.TakeRoot();
}

}  // namespace reapcheck
