#!/usr/bin/env bash
# format.sh SOURCE: every source is as .clang-format 14 (Debian 12's; others differ in places) writes it; 77: nothing compared.
cd "$1" || exit 1
command -v clang-format-14 >/dev/null || { echo "skipped: no clang-format-14" >&2; exit 77; }
mapfile -d '' sources < <(git ls-files -z '*.h' '*.c' '*.cpp' '*.cu' '*.cuh')
((${#sources[@]} > 0)) || { echo "skipped: not a git checkout" >&2; exit 77; }
exec clang-format-14 --dry-run -Werror "${sources[@]}"
