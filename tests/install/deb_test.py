"""deb_test.py BUILD WORK: makes the Debian package of a build, unpacks it into a fresh root folder and uses it there.

As root the programs run with that folder as their root (chroot), beside the system's libraries and nothing else: neither
the sources nor the build folder are in it. Others check the package's files and dependencies alone. Exit status 77, with the
reason: skipped."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def require(condition, message):
    if not condition:
        sys.exit(message)


def reason_to_skip():
    for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file"):
        if shutil.which(tool) is None:
            return f"no {tool}"
    return None


def make_package(build, work):
    run("cpack", "--config", build / "CPackConfig.cmake", "-G", "DEB", "-B", work,
        "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=work)
    packages = list(work.glob("luqsim_*_*.deb"))
    require(len(packages) == 1, f"packages: {packages}; wanted one")
    return packages[0]


def libraries(program):
    """Paths of the shared libraries that a program loads, its loader included."""
    return re.findall(r"(/\S+) \(0x", run("ldd", program))


def owners(paths):
    """The Debian packages of libraries, by file name; Debian knows a path with or without /usr before it."""
    spellings = {p for path in paths for p in (path, os.path.realpath(path), os.path.realpath(path).removeprefix("/usr"))}
    found = subprocess.run(["dpkg", "-S", *spellings], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return {os.path.basename(path): name.split(":")[0] for name, path in re.findall(r"^(\S+): (\S+)$", found, re.M)}


def check_dependencies(package, programs):
    """What the programs name as needed is of packages that the package depends on."""
    depends = run("dpkg-deb", "-f", package, "Depends")
    names = {re.split(r"[ (:]", entry.strip())[0] for entry in depends.split(",")}
    needed = {name for program in programs for name in re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", program))}
    paths = {path for program in programs for path in libraries(program) if os.path.basename(path) in needed}
    found = owners(paths)
    require(found, f"dpkg knows no owner of {sorted(paths)}")
    for library, owner in found.items():
        require(owner in names, f"{library} is of {owner}; depends on: {depends}")


def copy_libraries(root, programs):
    """Those that no package has, CUDA's, are where the machine's loader looks: the root's loader is told."""
    paths = {path for program in programs for path in libraries(program)}
    for path in paths:
        target = root / path.lstrip("/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    (root / "etc").mkdir(exist_ok=True)
    run("/sbin/ldconfig", "-r", root, *{os.path.dirname(path) for path in paths})


def check_files(root, build):
    wanted = ["usr/include/luqsim.h", "usr/lib/libluqsim.so.1", "usr/lib/cmake/luqsim/luqsimConfig.cmake",
              "usr/share/doc/luqsim/copyright", "usr/share/bash-completion/completions/luqsim",
              "usr/share/bash-completion/completions/luqtrain", "usr/share/luqsim/traces/train/data/README.md"]
    wanted += [f"usr/share/man/man1/{page.name}" for page in (build / "man").glob("*.1")]
    for name in wanted:
        require((root / name).exists(), f"{name} is not in the package")


def check_programs(root):
    def inside(*command):
        return run(shutil.which("chroot", path="/usr/sbin:/usr/bin"), root, *command,
                   env={"OMP_NUM_THREADS": "1", "PATH": "/usr/bin", "HOME": "/tmp"})

    (root / "tmp").mkdir(exist_ok=True)
    (root / "proc/self").mkdir(parents=True)
    # No /proc is mounted there: a sanitizer has its options from it, and would look for leaks in it.
    (root / "proc/self/exe").symlink_to("/usr/bin/luqsim")
    (root / "proc/self/environ").write_text("ASAN_OPTIONS=detect_leaks=0\0")
    ran = inside("luqsim", "run", "-o", "/tmp/report")
    require("trace: usr/share/luqsim/traces/samples/digits-mlp.safetensors" in ran, ran)
    require("36 of 36 tensors bit-exact" in ran and (root / "tmp/report/index.html").exists(), ran)
    require("mf-bprop-fp16" in inside("luqsim", "list", "designs"), "no bundled designs")
    trained = inside("luqtrain", "--recipe", "digits-mlp", "--epochs", "1", "--quiet")
    require(trained.startswith("luq seed 1: held out "), trained)


def main(build, work):
    reason = reason_to_skip()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    shutil.rmtree(work, ignore_errors=True)
    root = work / "root"
    root.mkdir(parents=True)
    package = make_package(build, work)
    run("dpkg-deb", "-x", package, root)
    programs = [root / "usr/bin/luqsim", root / "usr/bin/luqtrain"]
    check_files(root, build)
    check_dependencies(package, programs)
    if os.geteuid() == 0:
        copy_libraries(root, programs)
        check_programs(root)
    else:
        print("not root: the programs were not run from the package")
    print(f"{package.name}: {package.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
