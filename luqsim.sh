#!/usr/bin/env bash
# ./luqsim.sh run   installs what is missing, builds, and runs luqsim on the bundled design and trace
# ./luqsim.sh test  the same preparation, then all tests
# Works on a bare Debian 12, as root or with sudo; repeats quickly. Arguments after `run` go to `luqsim run`, those after
# `test` to ctest. LUQSIM_PRESET chooses the CMake preset (release).
set -euo pipefail
cd "$(dirname "$0")"
preset=${LUQSIM_PRESET:-release}

build_packages=(g++ cmake ninja-build pkg-config libsystemc-dev libboost1.81-dev libboost-json1.81-dev
  libboost-iostreams1.81-dev libboost-context1.81-dev libdnnl-dev ocl-icd-opencl-dev
  libxxhash-dev libsqlite3-dev libyaml-cpp-dev libfmt-dev libcli11-dev libgtest-dev libbenchmark-dev librapidcheck-dev
  libonnx-dev libprotobuf-dev)
test_packages=(python3-numpy python3-dev python3-pytest python3-torch python3-jsonschema pybind11-dev chromium nodejs valgrind
  verilator yosys libboost-mpi1.81-dev libopenmpi-dev openmpi-bin clang-19 libclang-rt-19-dev libomp-19-dev
  help2man dpkg-dev file git clang-format-14)

install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return
  echo "luqsim: installing ${missing[*]}" >&2
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

build() {
  echo "luqsim: building (preset $preset)" >&2
  cmake --preset "$preset" "$@" >&2
  cmake --build --preset "$preset" >&2
}

case "${1:-}" in
  run)
    shift
    install_missing "${build_packages[@]}"
    build -DLUQSIM_ONNX=ON
    exec "build/$preset/bin/luqsim" run "$@"
    ;;
  test)
    shift
    install_missing "${build_packages[@]}" "${test_packages[@]}"
    # The CUDA part where its compiler is; no Debian package has it.
    export PATH=$PATH:/usr/local/cuda/bin
    cuda=OFF
    command -v nvcc >/dev/null && cuda=ON
    preset=fuzz build
    build -DLUQSIM_FUZZ=ON -DLUQSIM_VERILATOR=ON -DLUQSIM_YOSYS=ON -DLUQSIM_PYTHON=ON -DPython_EXECUTABLE=/usr/bin/python3 \
      -DLUQSIM_MPI=ON -DLUQSIM_ONNX=ON -DLUQSIM_CUDA=$cuda
    exec ctest --preset "$preset" "$@"
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
