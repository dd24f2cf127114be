#!/usr/bin/env bash
# Everything that needs a GPU, in one run: checks every kernel bit for bit, trains on CPU and GPU and compares them step for
# step, records the sample traces, measures, and writes it all to a folder.
#
#   tests/cuda/gpu.sh OUT             on a machine with a GPU; OUT takes log.txt, results.json, kernels.xml and the traces
#   tests/cuda/gpu.sh --prepare       on a machine with nvcc and the project's Debian packages, GPU or not: builds into
#                                     build/gpu what OUT runs; copy that folder to where the packages are missing
#   tests/cuda/gpu.sh --dry-run OUT   the same steps with the kernels on their CPU emulation: tries the script alone
#
# Exit status: 0 everything passed, 1 something differs or failed, 2 it could not start. Steps go on after one fails.
set -uo pipefail
cd "$(dirname "$0")/../.."
prepared=build/gpu

fail_start() {
  echo "gpu.sh: $*" >&2
  exit 2
}

prepare() {
  set -e
  cmake -S . -B build/gpu-build -G Ninja -DCMAKE_BUILD_TYPE=Release -DLUQSIM_CUDA=ON -DLUQSIM_TOOLS_ONLY=ON \
    -DLUQSIM_ONEDNN=OFF
  cmake --build build/gpu-build --target cuda_kernels cuda_bench cuda_emulated cuda_bench_emulated luqtrain \
    luqtrain_emulated
  rm -rf "$prepared"
  mkdir -p "$prepared/lib"
  local program
  for program in cuda_kernels cuda_bench cuda_emulated cuda_bench_emulated luqtrain luqtrain_emulated; do
    cp "build/gpu-build/bin/$program" "$prepared/"
    # Libraries that a machine without the packages lacks; its own C library, compiler runtime and CUDA stay its own.
    ldd "$prepared/$program" | awk '$3 ~ /^\// { print $3 }' | grep -E '/lib(boost|fmt)' | xargs -r cp -n -L -t "$prepared/lib"
  done
  git describe --always --dirty >"$prepared/revision"
  cp -r configs traces/train/data "$prepared/"
}

case "${1:-}" in
  --prepare)
    prepare
    exit
    ;;
  --dry-run)
    dry=_emulated
    shift
    ;;
  -* | "")
    sed -n '5,9s/^# \{0,3\}//p' "$0" >&2
    exit 2
    ;;
  *) dry= ;;
esac
out=${1:?}
mkdir -p "$out"
out=$(cd "$out" && pwd)
log=$out/log.txt
: >"$log"

if [ ! -x "$prepared/luqtrain" ]; then
  (prepare) >>"$log" 2>&1 || fail_start "nothing prepared in $prepared, and building it failed: see $log"
fi
cuda_home=$(dirname "$(dirname "$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)")")
export LD_LIBRARY_PATH=$PWD/$prepared/lib:$cuda_home/lib64:$cuda_home/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
if [ -z "$dry" ]; then
  kernels=cuda_kernels bench=(cuda_bench) train=luqtrain steps=1000 repeats=
  command -v nvidia-smi >/dev/null || fail_start "no nvidia-smi: is there a GPU?"
else
  kernels=cuda_emulated bench=(cuda_bench_emulated 4096 64) train=luqtrain_emulated steps=10
fi

results='{}'
# note KEY JSON: into results.json, which is complete after every step.
note() {
  printf '%s' "$results" >"$out/.results"
  printf '%s' "$2" >"$out/.value"
  results=$(cmake -DFILE="$out/.results" -DKEY="$1" -DVALUE="$out/.value" -P tests/cuda/set_json.cmake 2>&1) ||
    fail_start "results.json: $results"
  printf '%s\n' "$results" >"$out/results.json"
  rm -f "$out/.results" "$out/.value"
}
quoted() { printf '"%s"' "$(printf '%s' "$1" | tr -d '"\\' | tr '\n' ' ')"; }

failed=0
# step KEY COMMAND...: runs it into the log, notes "passed", "failed" or, for status 77, "skipped".
step() {
  local key=$1 began=$SECONDS status=0 word
  shift
  echo "== $key: $*" >>"$log"
  "$@" >>"$log" 2>&1 || status=$?
  case $status in
    0) word=passed ;;
    77) word=skipped ;;
    *)
      word=failed
      failed=1
      ;;
  esac
  echo "$key: $word ($((SECONDS - began)) s)" | tee -a "$log"
  note "$key" "$(quoted "$word")"
  return "$status"
}

run_kernels() { "$prepared/$kernels" --gtest_output=xml:"$out/kernels.xml"; }
sanitize() {
  [ -z "$dry" ] || return 77
  command -v compute-sanitizer || return 77
  compute-sanitizer --tool "$1" --error-exitcode 1 "$prepared/$kernels" \
    --gtest_filter='Quantize.AnyAlignment:Quantize.HindsightOfScaledSums:Gemm.Widens*:Gemm.Convolutions*'
}

# Trains once on each side: the loss of every step and the checksum of all weights have to agree.
equal_training() {
  local recipe=$1 scheme=$2 name=$out/.losses
  "$prepared/$train" --recipe "$PWD/configs/train/$recipe.toml" --scheme "$scheme" --steps "$steps" --quiet \
    --backend cpu --losses "$name.cpu" || return
  "$prepared/$train" --recipe "$PWD/configs/train/$recipe.toml" --scheme "$scheme" --steps "$steps" --quiet \
    --backend cuda --losses "$name.cuda" || return
  wc -l <"$name.cuda"
  cmp "$name.cpu" "$name.cuda"
}

# A trace recorded on the GPU, and the same one without recording: recording changes no weight.
record() {
  local recipe=$1 record=$2 trace=$out/$1.safetensors with without
  shift 2
  with=$("$prepared/$train" --recipe "$PWD/configs/train/$recipe.toml" --steps "$steps" --quiet --backend cuda \
    --record "$trace" --record-steps "$record") || return
  without=$("$prepared/$train" --recipe "$PWD/configs/train/$recipe.toml" --steps "$steps" --quiet --backend cuda) || return
  echo "$with"
  [ "$(head -n 1 <<<"$with")" = "$(head -n 1 <<<"$without")" ]
}

measure() {
  "$prepared/${bench[0]}" "${bench[@]:1}" >"$out/.bench" && cat "$out/.bench"
}
torch() {
  python3 tests/cuda/torch_luq.py >"$out/.torch" && cat "$out/.torch"
}

note date "$(quoted "$(date -u +%F)")"
note revision "$(quoted "$(cat "$prepared/revision")")"
note emulated "$([ -n "$dry" ] && echo true || echo false)"
if [ -z "$dry" ]; then
  note gpu "$(quoted "$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader)")"
  nvidia-smi >>"$log" 2>&1
fi
step kernels run_kernels
step memcheck sanitize memcheck
step racecheck sanitize racecheck
for recipe in digits-mlp digits-cnn char-gpt; do
  for scheme in fp32 luq luq+smp2 hindsight pow2; do
    [ -z "$dry" ] || [ "$scheme" = luq ] || continue
    step "training.$recipe.$scheme" equal_training "$recipe" "$scheme"
  done
done
step record.digits-mlp record digits-mlp 0,9
step record.digits-cnn record digits-cnn 9
step record.char-gpt record char-gpt 9
step bench measure && note measured "$(cat "$out/.bench")"
step torch torch && note torch_formula "$(cat "$out/.torch")"
rm -f "$out"/.bench "$out"/.torch "$out"/.losses.*
exit "$failed"
