#!/usr/bin/env bash
# Everything that needs a GPU, in one run: checks every kernel bit for bit, trains on CPU and GPU and compares them step for
# step, records the sample traces, measures, and writes it all to a folder.
#
#   tests/cuda/gpu.sh OUT             on a machine with a GPU; OUT takes log.txt, results.json, kernels.xml and the traces
#   tests/cuda/gpu.sh --prepare       on a machine with nvcc and the project's Debian packages, GPU or not: builds into
#                                     build/gpu what OUT runs; copy that folder to where the packages are missing
#   tests/cuda/gpu.sh --dry-run OUT   the same steps, smaller, with the kernels on their CPU emulation: tries the script
#
# LUQSIM_GPU_PROGRAMS names another folder than build/gpu.
#
# Exit status: 0 everything passed, 1 something differs or failed, 2 it could not start. Steps go on after one fails.
set -uo pipefail
cd "$(dirname "$0")/../.."
prepared=${LUQSIM_GPU_PROGRAMS:-build/gpu}

fail_start() {
  echo "gpu.sh: $*" >&2
  exit 2
}

# An install tree of the programs, with the libraries that a machine without the packages lacks (its own C library,
# compiler runtime and CUDA stay its own), recipes and data.
prepare() {
  set -e
  local programs=(cuda_kernels cuda_bench cuda_emulated cuda_bench_emulated luqtrain luqtrain_emulated)
  cmake -S . -B build/gpu-build -G Ninja -DCMAKE_BUILD_TYPE=Release -DLUQSIM_CUDA=ON -DLUQSIM_TOOLS_ONLY=ON \
    -DLUQSIM_ONEDNN=OFF
  cmake --build build/gpu-build --target "${programs[@]}"
  rm -rf "$prepared"
  mkdir -p "$prepared"/{bin,lib,share/luqsim/configs,share/luqsim/traces/train}
  local program
  for program in "${programs[@]}"; do
    cp "build/gpu-build/bin/$program" "$prepared/bin/"
    ldd "$prepared/bin/$program" | awk '$3 ~ /^\// { print $3 }' | grep -E '/lib(boost|fmt)' |
      xargs -r cp -n -L -t "$prepared/lib"
  done
  git describe --always --dirty >"$prepared/revision"
  cp -r configs/train "$prepared/share/luqsim/configs/"
  cp -r traces/train/data "$prepared/share/luqsim/traces/train/"
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
    sed -n '5,11s/^# \{0,3\}//p' "$0" >&2
    exit 2
    ;;
  *) dry= ;;
esac
out=${1:?}
mkdir -p "$out"
out=$(cd "$out" && pwd)
log=$out/log.txt
: >"$log"

cuda_home=$(dirname "$(dirname "$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)")")
export LD_LIBRARY_PATH=$PWD/$prepared/lib:$cuda_home/lib64:$cuda_home/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
if [ -z "$dry" ]; then
  kernels=cuda_kernels bench=(cuda_bench) train=luqtrain
  declare -A run=([digits-mlp]="--epochs 46" [digits-cnn]="--epochs 23" [char-gpt]="--epochs 10") # 1000 steps or more
  command -v nvidia-smi >/dev/null || fail_start "no nvidia-smi: is there a GPU?"
else
  kernels=cuda_emulated bench=(cuda_bench_emulated 4096 64) train=luqtrain_emulated
  declare -A run=([digits-mlp]="--epochs 1 --batch 256" [digits-cnn]="--epochs 1 --batch 256 --channels 2 --hidden 8"
    [char-gpt]="--epochs 1 --steps-per-epoch 4 --batch 4 --context 8 --width 8 --text $out/.text")
  head -c 2000 traces/train/data/sentences.txt >"$out/.text"
fi

if [ ! -x "$prepared/bin/$train" ]; then
  (prepare) >>"$log" 2>&1 || fail_start "nothing prepared in $prepared, and building it failed: see $log"
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

# A test that finds no device skips itself, which here is a failure.
run_kernels() {
  "$prepared/bin/$kernels" --gtest_output=xml:"$out/kernels.xml" && ! grep -q 'no usable CUDA device' "$out/kernels.xml"
}
# What cuBLASLt really launched: its INT8 tensor-core kernel has "s8" in its name.
kernel_names() {
  [ -z "$dry" ] || return 77
  command -v ncu || return 77
  ncu --metrics gpu__time_duration.sum "$prepared/bin/$kernels" --gtest_filter='Gemm.LargeOutputsInStrips' |
    grep -oE '^ +[A-Za-z_][^(]*\(' | sort | uniq -c | tee "$out/.names"
  grep -qi s8 "$out/.names"
}
sanitize() {
  [ -z "$dry" ] || return 77
  command -v compute-sanitizer || return 77
  compute-sanitizer --tool "$1" --error-exitcode 1 "$prepared/bin/$kernels" \
    --gtest_filter='Quantize.AnyAlignment:Quantize.HindsightOfScaledSums:Gemm.Widens*:Gemm.Convolutions*'
}

# training RECIPE OPTION...: luqtrain, quietly, with the files that were prepared.
training() {
  local recipe=$1
  shift
  "$prepared/bin/$train" --recipe "$recipe" --quiet "$@"
}

# Trains once on each side: the loss of every step and the checksum of all weights have to agree.
equal_training() {
  local recipe=$1 scheme=$2 side
  for side in cpu cuda; do
    # shellcheck disable=SC2086  # several options
    training "$recipe" ${run[$recipe]} --scheme "$scheme" --backend "$side" --losses "$out/.losses.$side" >"$out/.last.$side" ||
      return
    cat "$out/.last.$side"
  done
  echo "$(wc -l <"$out/.losses.cuda") steps"
  cmp "$out/.losses.cpu" "$out/.losses.cuda" && cmp "$out/.last.cpu" "$out/.last.cuda"
}

# record RECIPE OPTION...: a trace recorded on the GPU, and the same run without: recording changes no weight.
record() {
  local recipe=$1 with without
  shift
  with=$(training "$recipe" --backend cuda --record "$out/$recipe.safetensors" "$@") || return
  without=$(training "$recipe" --backend cuda) || return
  echo "$with"
  [ "$(head -n 1 <<<"$with")" = "$(head -n 1 <<<"$without")" ]
}

measure() {
  "$prepared/bin/${bench[0]}" "${bench[@]:1}" >"$out/.bench" && cat "$out/.bench"
}
torch() {
  python3 tests/cuda/torch_luq.py >"$out/.torch" && cat "$out/.torch"
}

note date "$(quoted "$(date -u +%F)")"
note revision "$(quoted "$(cat "$prepared/revision" 2>/dev/null || git describe --always --dirty)")"
note emulated "$([ -n "$dry" ] && echo true || echo false)"
if [ -z "$dry" ]; then
  note gpu "$(quoted "$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader)")"
  nvidia-smi >>"$log" 2>&1
fi
step kernels run_kernels
step kernel_names kernel_names
step memcheck sanitize memcheck
step racecheck sanitize racecheck
for recipe in digits-mlp digits-cnn char-gpt; do
  for scheme in fp32 luq luq+smp2 hindsight pow2; do
    [ -z "$dry" ] || [ "$scheme" = luq ] || continue
    step "training.$recipe.${scheme/+/_}" equal_training "$recipe" "$scheme"
  done
done
# The commands of traces/samples/README.md.
if [ -z "$dry" ]; then
  step record.digits-mlp record digits-mlp --record-steps 0,200
  step record.digits-cnn record digits-cnn --record-steps 100
  step record.char-gpt record char-gpt --record-steps 500 --record-layers block1.qkv,block1.fc2
fi
step bench measure && note measured "$(cat "$out/.bench")"
step torch torch && note torch_formula "$(cat "$out/.torch")"
rm -f "$out"/.names "$out"/.bench "$out"/.torch "$out"/.text "$out"/.losses.* "$out"/.last.*
exit "$failed"
