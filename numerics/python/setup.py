"""pip install of the package: CMake builds the extension from the project that this folder is part of.

Needs what the CMake build needs (CMake, a C++20 compiler, pybind11, oneDNN, Boost, fmt, CLI11), and nothing from a
network: pip install --no-build-isolation. All it builds is below build/pip of the project.
"""

import pathlib
import re
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BUILD = PROJECT / "build" / "pip"


class CMakeBuild(build_ext):
    def build_extension(self, extension):
        folder = BUILD / f"cmake-{sys.version_info[0]}.{sys.version_info[1]}"
        subprocess.run(["cmake", "-S", PROJECT, "-B", folder, "-D", "CMAKE_BUILD_TYPE=Release", "-D", "LUQSIM_TESTS=OFF",
                        "-D", "LUQSIM_TOOLS_ONLY=ON", "-D", "LUQSIM_PYTHON=ON",
                        "-D", f"Python_EXECUTABLE={sys.executable}"], check=True)
        subprocess.run(["cmake", "--build", folder, "--target", "luqsim_python", "--parallel"], check=True)
        built = pathlib.Path(self.get_ext_fullpath(extension.name))
        self.mkpath(str(built.parent))
        self.copy_file(str(folder / "python" / "luqsim" / built.name), str(built))


version = re.search(r"project\(luqsim VERSION ([0-9.]+)", (PROJECT / "CMakeLists.txt").read_text()).group(1)
BUILD.mkdir(parents=True, exist_ok=True)
setup(
    name="luqsim",
    version=version,
    description="4-bit quantizers (LUQ, SAWB), packed codes and exact GEMM on NumPy arrays",
    license="Apache-2.0",
    python_requires=">=3.9",
    install_requires=["numpy"],
    packages=["luqsim"],
    package_data={"luqsim": ["*.pyi", "py.typed"]},
    ext_modules=[Extension("luqsim._core", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
    options={"build": {"build_base": str(BUILD / "base")}, "egg_info": {"egg_base": str(BUILD)}},
    zip_safe=False,
)
