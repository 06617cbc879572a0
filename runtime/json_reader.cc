#include "runtime/json_reader.h"

#include <algorithm>
#include <utility>

namespace reapcheck {
namespace {

constexpr std::size_t kLongestQuote = 80;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// A message is one line: containerd and podman read the log line by line.
void AppendOnOneLine(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  if (!IsControl(c)) {
    out += c;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

const char* KindName(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBool:
      return "a boolean";
    case JsonValue::Kind::kInteger:
    case JsonValue::Kind::kUnsigned:
    case JsonValue::Kind::kReal:
      return "a number";
    case JsonValue::Kind::kString:
      return "a string";
    case JsonValue::Kind::kArray:
      return "an array";
    case JsonValue::Kind::kObject:
      return "an object";
  }
  return "unknown";
}

// True for what engines write when they want nothing: null, false, 0, "", [], {}, {"weight": 0}.
// The recursion is bounded by the parser, which refuses deep nesting.
bool AsksForNothing(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      return true;
    case JsonValue::Kind::kBool:
      return !value.boolean;
    case JsonValue::Kind::kUnsigned:
      return value.unsigned_integer == 0;
    case JsonValue::Kind::kString:
      return value.text.empty();
    case JsonValue::Kind::kArray:
      return value.elements.empty();
    case JsonValue::Kind::kObject:
      return std::ranges::all_of(value.elements, AsksForNothing);
    case JsonValue::Kind::kInteger:
    case JsonValue::Kind::kReal:
      return false;
  }
  return false;
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text.substr(0, kLongestQuote)) AppendOnOneLine(out, c);
  out += text.size() > kLongestQuote ? "...\"" : "\"";
  return out;
}

void ConfigProblems::Add(FailureKind kind, const std::string& pointer, const std::string& text) {
  if (first_.has_value()) return;
  // The whole document has the empty pointer.
  const std::string place = pointer.empty() ? where_ : where_ + ": " + pointer;
  first_ = Failure(kind, place + ": " + text);
}

std::string JsonNode::String() const {
  if (!Is(JsonValue::Kind::kString, "a string") || !CheckText(value_->text)) return "";
  return value_->text;
}

std::string JsonNode::AbsolutePath() const {
  std::string path = String();
  if (!path.empty() && path.front() != '/') {
    Invalid("must be an absolute path, is " + Quoted(path));
  }
  return path;
}

bool JsonNode::Bool() const { return Is(JsonValue::Kind::kBool, "a boolean") && value_->boolean; }

std::int64_t JsonNode::Integer(std::int64_t min, std::int64_t max) const {
  if (IsAbsent()) return 0;
  if (value_->kind == JsonValue::Kind::kReal) {
    Invalid("must be an integer of 64 bits");
    return 0;
  }
  if (value_->kind == JsonValue::Kind::kUnsigned) {
    if (std::cmp_less_equal(value_->unsigned_integer, max) &&
        std::cmp_greater_equal(value_->unsigned_integer, min)) {
      return static_cast<std::int64_t>(value_->unsigned_integer);
    }
  } else if (!Is(JsonValue::Kind::kInteger, "an integer")) {
    return 0;
  } else if (value_->integer >= min && value_->integer <= max) {
    return value_->integer;
  }
  const bool negative = value_->kind == JsonValue::Kind::kInteger;
  Invalid("must be from " + std::to_string(min) + " to " + std::to_string(max) + ", is " +
          (negative ? std::to_string(value_->integer) : std::to_string(value_->unsigned_integer)));
  return 0;
}

std::uint64_t JsonNode::Unsigned(std::uint64_t max) const {
  if (IsAbsent()) return 0;
  if (value_->kind == JsonValue::Kind::kReal) {
    Invalid("must be an integer of 64 bits");
    return 0;
  }
  if (value_->kind == JsonValue::Kind::kInteger) {
    Invalid("must not be negative, is " + std::to_string(value_->integer));
    return 0;
  }
  if (!Is(JsonValue::Kind::kUnsigned, "an integer")) return 0;
  if (value_->unsigned_integer > max) {
    Invalid("must be at most " + std::to_string(max) + ", is " +
            std::to_string(value_->unsigned_integer));
    return 0;
  }
  return value_->unsigned_integer;
}

std::uint32_t JsonNode::Unsigned32(std::uint32_t max) const {
  return static_cast<std::uint32_t>(Unsigned(max));
}

std::vector<std::string> JsonNode::Strings() const {
  std::vector<std::string> out;
  if (!Is(JsonValue::Kind::kArray, "an array")) return out;
  out.reserve(value_->elements.size());
  for (std::size_t i = 0; i < value_->elements.size(); ++i) {
    const JsonValue& element = value_->elements[i];
    if (element.kind == JsonValue::Kind::kString && !element.text.contains('\0')) {
      out.push_back(element.text);
      continue;
    }
    // The pointer is only put together for a complaint: a seccomp profile has hundreds of names.
    const JsonNode node = At(i);
    if (node.IsAbsent()) node.Invalid("must be a string, is null");
    (void)node.String();
  }
  return out;
}

std::map<std::string, std::string> JsonNode::StringMap() const {
  std::map<std::string, std::string> out;
  if (!Is(JsonValue::Kind::kObject, "an object")) return out;
  for (std::size_t i = 0; i < value_->keys.size(); ++i) {
    const std::string& key = value_->keys[i];
    const JsonNode node(&value_->elements[i], Child(key), *problems_);
    if (key.empty()) Invalid("has an empty key");
    if (!node.CheckText(key)) continue;
    if (node.IsAbsent()) node.Invalid("must be a string, is null");
    out.emplace(key, node.String());
  }
  return out;
}

std::vector<JsonNode> JsonNode::Elements() const {
  std::vector<JsonNode> out;
  if (!Is(JsonValue::Kind::kArray, "an array")) return out;
  out.reserve(value_->elements.size());
  for (std::size_t i = 0; i < value_->elements.size(); ++i) {
    JsonNode element(&value_->elements[i], Child(std::to_string(i)), *problems_);
    if (element.IsAbsent()) element.Invalid("must not be null");
    out.push_back(std::move(element));
  }
  return out;
}

void JsonNode::Invalid(const std::string& text) const {
  problems_->Add(FailureKind::kInvalidConfig, pointer_, text);
}

void JsonNode::Unsupported(const std::string& text) const {
  problems_->Add(FailureKind::kUnsupported, pointer_, text);
}

JsonNode JsonNode::At(std::string_view key) const {
  const JsonValue* found = nullptr;
  if (value_ != nullptr && value_->kind == JsonValue::Kind::kObject) {
    const auto position = std::ranges::find(value_->keys, key);
    if (position != value_->keys.end()) found = &value_->elements[position - value_->keys.begin()];
  }
  return JsonNode(found, Child(key), *problems_);
}

JsonNode JsonNode::At(std::size_t index) const {
  const bool there = value_ != nullptr && value_->kind == JsonValue::Kind::kArray &&
                     index < value_->elements.size();
  return JsonNode(there ? &value_->elements[index] : nullptr, Child(std::to_string(index)),
                  *problems_);
}

// False when absent, and with a complaint when of another type.
bool JsonNode::Is(JsonValue::Kind kind, const char* wanted) const {
  if (IsAbsent()) return false;
  if (value_->kind == kind) return true;
  Invalid(std::string("must be ") + wanted + ", is " + KindName(value_->kind));
  return false;
}

bool JsonNode::CheckText(const std::string& text) const {
  if (!text.contains('\0')) return true;
  Invalid("must not contain a NUL character");
  return false;
}

// RFC 6901: "~" is written as "~0" and "/" as "~1".
std::string JsonNode::Child(std::string_view name) const {
  std::string out = pointer_ + "/";
  for (char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      AppendOnOneLine(out, c);
    }
  }
  return out;
}

JsonObject::JsonObject(const JsonNode& node) : node_(node) {
  if (!node.Is(JsonValue::Kind::kObject, "an object")) return;
  object_ = node.value_;
  asked_.resize(object_->keys.size());
}

JsonObject::~JsonObject() {
  if (object_ == nullptr || ignore_others_) return;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (asked_[i] || AsksForNothing(object_->elements[i])) continue;
    node_.At(object_->keys[i]).Unsupported("not supported");
  }
}

JsonNode JsonObject::Get(std::string_view key) {
  if (object_ != nullptr) {
    const auto position = std::ranges::find(object_->keys, key);
    if (position != object_->keys.end()) asked_[position - object_->keys.begin()] = true;
  }
  return node_.At(key);
}

JsonNode JsonObject::Require(std::string_view key) {
  JsonNode node = Get(key);
  if (object_ != nullptr && node.IsAbsent()) node.Invalid("is required");
  return node;
}

}  // namespace reapcheck
