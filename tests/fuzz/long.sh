#!/usr/bin/env bash
# long.sh [RUNS [NAME...]]: RUNS (10^7 unless given) executions of each fuzzer, one after the other, and a table of them.
# Build the preset fuzz first. The inputs found stay in build/fuzz/found and are where the next long run starts; logs are
# beside them. Exit status 1 where a fuzzer found something: the input is in build/fuzz/crashes.
set -uo pipefail
cd "$(dirname "$0")"
runs=${1:-10000000}
shift $(($# > 0 ? 1 : 0))
bin=$(realpath ../../build/fuzz/bin)
[ $# -gt 0 ] || set -- trace architecture sweep layers topology onnx results c_api
export OMP_NUM_THREADS=1
status=0

last() { grep -oP "$1" "$log" | tail -1; }

printf '%-14s%14s%10s%9s%10s\n' fuzzer executions exec/s edges crashes
for name in "$@"; do
  mkdir -p "$bin/../found/$name"
  log=$bin/../found/$name.log
  ./run.sh "$bin" "$name" "-runs=$runs" "$bin/../found/$name" >"$log" 2>&1 || status=1
  printf '%-14s%14s%10s%9s%10s\n' "$name" "$(last '^#\K[0-9]+')" "$(last 'exec/s: \K[0-9]+')" "$(last 'cov: \K[0-9]+')" \
    "$(grep -c '^SUMMARY:' "$log")"
done
exit $status
