#!/usr/bin/env bash
# long.sh [--runs N] [NAME...]: N (10^7 unless given) executions of each fuzzer, one after the other, by the preset fuzz-fast;
# then all inputs that these found once by the preset fuzz, under the address sanitizer too; and a table. Build both presets
# first. The inputs found stay in build/fuzz/found and are where the next long run starts; logs are beside them. Exit status 1
# where a fuzzer found a fault: the input is in build/fuzz-fast/crashes or build/fuzz/crashes.
set -uo pipefail
cd "$(dirname "$0")"
runs=10000000
names=()
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=${2:?a number of executions}; shift 2 ;;
    *) names+=("$1"); shift ;;
  esac
done
build=$(realpath ../../build)
found=$build/fuzz/found
[ ${#names[@]} -gt 0 ] || names=(trace architecture sweep layers topology onnx results c_api)
export OMP_NUM_THREADS=1
status=0

last() { grep -oP "$1" "$log" | tail -1; }

printf '%-14s%14s%10s%9s%9s%10s\n' fuzzer executions exec/s edges inputs crashes
for name in "${names[@]}"; do
  mkdir -p "$found/$name"
  log=$found/$name.log
  ./run.sh "$build/fuzz-fast/bin" "$name" "-runs=$runs" "$found/$name" >"$log" 2>&1 || status=1
  ./run.sh "$build/fuzz/bin" "$name" -runs=0 "$found/$name" >"$log.address" 2>&1 || status=1
  printf '%-14s%14s%10s%9s%9s%10s\n' "$name" "$(last '^#\K[0-9]+')" "$(last 'exec/s: \K[0-9]+')" "$(last 'cov: \K[0-9]+')" \
    "$(find "$found/$name" -type f | wc -l)" "$(cat "$log" "$log.address" | grep -c '^SUMMARY:')"
done
exit $status
