#!/usr/bin/env bash
# completion_test.sh COMPLETION PROGRAMS: completes a few lines in bash, with the programs of that folder.
set -uo pipefail
export PATH=$2:$PATH
# shellcheck source=/dev/null
source "$1"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
touch mine.yaml

failures=0
# completes 'LINE' WANTED...: what may stand for the last word of the line.
completes() {
  local line=$1 got
  shift
  read -ra COMP_WORDS <<<"$line"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _luqsim
  got=${COMPREPLY[*]}
  [[ $got == "$*" ]] && return
  echo "'$line': got '$got', wanted '$*'"
  failures=$((failures + 1))
}

completes 'luqsim v' validate vectors version
completes 'luqsim vectors s' sawb
completes 'luqsim run --ti' --timeline
completes 'luqsim run mf-' mf-bprop-fp16 mf-bprop-fp32
completes 'luqsim run min' mine.yaml
completes 'luqsim run default digits-' digits-cnn digits-mlp
completes 'luqsim run --json default resnet' resnet18 resnet50
completes 'luqsim run --set array.rows=8 stan' standard-fp32
completes 'luqsim compare default --trace bert' bert-base
completes 'luqsim compare default nv' nvfp4
completes 'luqsim compare --passes fprop,d' fprop,dgrad
completes 'luqsim run --fidelity ' wave pe mine.yaml
completes 'luqsim validate resn'
completes 'luqsim sweep arr' array-sizes
completes 'luqsim list d' designs
completes 'luqtrain --recipe digits' digits-cnn digits-mlp
completes 'luqtrain --scheme luq+' luq+smp2
completes 'luqtrain --quiet --record-l' --record-layers

# Every command, option and bundled name that the programs have is offered.
completes 'luqsim ' $(luqsim --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\).*/\1/p') mine.yaml
completes 'luqsim run ' $(luqsim list designs) mine.yaml
exit $((failures > 0))
