// A small JSON document and a reader that knows where it is: every complaint names the file and the
// JSON pointer (RFC 6901), and every member of an object that nobody asked for is refused, so that
// nothing in a configuration is silently ignored.
//
// Private to the configuration. Nodes borrow the document and the problem list, which outlive them.
// Used by one thread at a time; no system calls.
#ifndef REAPCHECK_RUNTIME_JSON_READER_H_
#define REAPCHECK_RUNTIME_JSON_READER_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/failure.h"

namespace reapcheck {

// A parsed document. It is our own type rather than nlohmann::json, so that only one source file
// pays for compiling that header, and members keep the order of the text.
struct JsonValue {
  enum class Kind { kNull, kBool, kInteger, kUnsigned, kReal, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::int64_t integer = 0;             // kInteger: below zero
  std::uint64_t unsigned_integer = 0;   // kUnsigned: zero and above
  std::string text;                     // kString
  std::vector<JsonValue> elements;      // kArray, and the values of kObject
  std::vector<std::string> keys;        // kObject: keys[i] names elements[i]
};

// Parses UTF-8 JSON text. kInvalidConfig "WHERE: not valid JSON at byte N", also for a key that an
// object has twice (one of the two would be ignored) and for nesting without reason.
Outcome<JsonValue> ParseJson(std::string_view text, const std::string& where);

// `text` between quotes, on one line whatever it contains, and cut when it is long.
std::string Quoted(std::string_view text);

// Keeps the first problem; the reader goes on with neutral values, which nobody gets to see.
class ConfigProblems {
 public:
  explicit ConfigProblems(std::string where) : where_(std::move(where)) {}

  void Add(FailureKind kind, const std::string& pointer, const std::string& text);
  const std::optional<Failure>& first() const { return first_; }

 private:
  std::string where_;
  std::optional<Failure> first_;
};

// One place in the document, there or not. null counts as absent, as it does for all runtimes.
class JsonNode {
 public:
  JsonNode(const JsonValue* value, std::string pointer, ConfigProblems& problems)
      : value_(value), pointer_(std::move(pointer)), problems_(&problems) {}

  const std::string& pointer() const { return pointer_; }
  bool IsAbsent() const { return value_ == nullptr || value_->kind == JsonValue::Kind::kNull; }

  // The value, or the neutral one ("", false, 0, empty) when absent or, with a complaint, wrong.
  std::string String() const;  // never contains NUL, which no system call could take
  std::string AbsolutePath() const;
  bool Bool() const;
  std::int64_t Integer(std::int64_t min, std::int64_t max) const;
  std::uint64_t Unsigned(std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) const;
  std::uint32_t Unsigned32(std::uint32_t max = std::numeric_limits<std::uint32_t>::max()) const;
  std::vector<std::string> Strings() const;
  std::map<std::string, std::string> StringMap() const;
  std::vector<JsonNode> Elements() const;

  // kInvalidConfig or kUnsupported, about this place or a place below it.
  void Invalid(const std::string& text) const;
  void Unsupported(const std::string& text) const;
  JsonNode At(std::string_view key) const;
  JsonNode At(std::size_t index) const;

 private:
  friend class JsonObject;
  bool Is(JsonValue::Kind kind, const char* wanted) const;
  bool CheckText(const std::string& text) const;
  std::string Child(std::string_view name) const;

  const JsonValue* value_;
  std::string pointer_;
  ConfigProblems* problems_;
};

// The members of an object. When it goes out of scope, each member that was not asked for and that
// asks for something is refused: "config.json: /linux/intelRdt: not supported".
class JsonObject {
 public:
  explicit JsonObject(const JsonNode& node);
  ~JsonObject();
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  JsonNode Get(std::string_view key);
  JsonNode Require(std::string_view key);  // complains when absent
  // For objects whose unknown members change nothing.
  void IgnoreOthers() { ignore_others_ = true; }

 private:
  JsonNode node_;
  const JsonValue* object_ = nullptr;  // null when absent or not an object
  std::vector<bool> asked_;
  bool ignore_others_ = false;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_JSON_READER_H_
