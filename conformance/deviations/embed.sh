#!/bin/sh
# Writes the C++ source that holds the given JSON files: embed.sh FILE... > deviations_data.cc
set -eu
echo '#include "conformance/deviations_data.h"'
echo 'namespace reapcheck::conformance {'
echo 'static const DeviationsFile kFiles[] = {'
for file in "$@"; do
  name=$(basename "$file" .json)
  printf '{"%s", R"deviations(' "$name"
  cat "$file"
  echo ')deviations"},'
done
echo '};'
echo 'const std::span<const DeviationsFile> kDeviationsFiles = kFiles;'
echo '}  // namespace reapcheck::conformance'
