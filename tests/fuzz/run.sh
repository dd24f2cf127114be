#!/usr/bin/env bash
# run.sh BIN NAME [LIBFUZZER_OPTION...]: every committed input of the fuzzer NAME once, then new ones from them. BIN is the
# folder of the preset fuzz's programs. Fails, and leaves the input in BIN/../crashes, where one crashes, hangs, or asks for
# more memory than any file justifies.
set -euo pipefail
cd "$(dirname "$0")"
bin=$1 name=$2
shift 2
mkdir -p "$bin/../crashes"
[ -w /dev/shm ] && export TMPDIR=/dev/shm
found=$(mktemp -d)  # inputs that reach code that the committed ones do not
trap 'rm -rf "$found"' EXIT
# Use after return is not watched: each exception, and most inputs throw, makes the sanitizer sweep the stacks that it keeps
# for that, 70% of the time of `c_api`.
export ASAN_OPTIONS=detect_stack_use_after_return=0:quarantine_size_mb=16:malloc_context_size=8:allow_addr2line=1 UBSAN_OPTIONS=print_stacktrace=1
options=(-seed=1 -timeout=5 -rss_limit_mb=2048 -malloc_limit_mb=512 "-artifact_prefix=$bin/../crashes/$name-")
[ -f "$name.dict" ] && options+=("-dict=$name.dict")
"$bin/fuzz_$name" "${options[@]}" -runs=0 "corpus/$name"
"$bin/fuzz_$name" "${options[@]}" -print_final_stats=1 "$@" "$found" "corpus/$name"
