#!/usr/bin/env bash
# Fetches the versions below with npm and puts their minified builds here. Only for who updates them: builds need no npm.
set -euo pipefail
cd "$(dirname "$0")"
vendor=$PWD
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd "$temporary"
for package in vega@5.33.1 vega-lite@5.23.0 vega-embed@6.29.0; do
  name=${package%@*}
  mkdir "$name"
  tar -xzf "$(npm pack --silent "$package")" -C "$name" --strip-components 1
  # Without the line that makes a debugger ask for a file that the page does not have.
  grep -v '^//# sourceMappingURL=' "$name/build/$name.min.js" >"$vendor/$name.min.js"
  if [ -f "$name/LICENSE" ]; then cp "$name/LICENSE" "$vendor/$name.LICENSE"; fi
done
sha256sum "$vendor"/*.min.js | sed "s|$vendor/||" >"$vendor/SHA256SUMS"
