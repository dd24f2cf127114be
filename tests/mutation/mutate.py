#!/usr/bin/env python3
"""mutate.py FOLDER [--faults 30] [--seed 1] [--groups numerics,sim,rtl]: what share of small faults the tests catch.

Plants one fault at a time, chosen by the seed, in a checkout of HEAD of its own under FOLDER, builds the tests that should see
it and runs them. A fault that does not build is replaced by another. Writes FOLDER/faults.json as it goes, and goes on from it
unless HEAD is another since.
"""
import argparse
import json
import pathlib
import random
import re
import resource
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
MEMORY = 6 << 30  # a mutated loop must not take the machine down
BUILD_SECONDS, TEST_SECONDS = 900, 300

# Files, and the programs that test them.
GROUPS = {"numerics": ("numerics/src/*.cpp", r"numerics_(?!bench)\w+"), "sim": ("sim/src/*.cpp", r"sim_test"),
          "rtl": ("arch/rtl/*.v", r"rtl_\w+")}

OPERATORS = [(r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
             (r" \+ ", " - "), (r" - ", " + "), (r" && ", " || "), (r" \|\| ", " && "), (r" << ", " >> "), (r" >> ", " << "),
             (r" & ", " | "), (r" \| ", " & "), (r" \? (.+?) : ([^,;)]+)", r" ? \2 : \1")]
NUMBER = re.compile(r"(?<![\w.'\"\[-])([1-9]\d*)(?![\w.'\"])")
# Words on the screen, includes, checks that cannot be reached: no behaviour that a test could see.
LEFT_OUT = re.compile(r"^\s*(//|#|\*|static_assert|throw |template|using |parameter|localparam)|fail\(|fmt::|\"")


def candidates(root, group):
    """(file, line number, text before, text after) of every fault that could be planted in the checkout `root`."""
    for file in sorted(root.glob(GROUPS[group][0])):
        for number, line in enumerate(file.read_text().splitlines()):
            if LEFT_OUT.search(line):
                continue
            code = line.split("//")[0]
            for pattern, replacement in OPERATORS:
                for match in re.finditer(pattern, code):
                    yield file.relative_to(root), number, line, line[:match.start()] + match.expand(replacement) + line[match.end():]
            for match in NUMBER.finditer(code):
                yield (file.relative_to(root), number, line,
                       line[:match.start()] + str(int(match.group(1)) + 1) + line[match.end():])


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(command, seconds, **options):
    """Exit status; 124 after the time."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds, **options).returncode
    except subprocess.TimeoutExpired:
        return 124


class Checkout:
    def __init__(self, folder):
        self.path = folder / "checkout"
        self.build = self.path / "build/release"
        self.revision = subprocess.run(["git", "-C", SOURCE, "rev-parse", "HEAD"], stdout=subprocess.PIPE, text=True,
                                       check=True).stdout.strip()
        if not self.path.exists():
            subprocess.run(["git", "-C", SOURCE, "worktree", "add", "--detach", self.path, self.revision], check=True)
        # An earlier run may have left an older commit, and a fault where it was cut short.
        subprocess.run(["git", "-C", self.path, "checkout", "--quiet", "--force", "--detach", self.revision], check=True)
        subprocess.run(["cmake", "--preset", "release", "-DLUQSIM_VERILATOR=ON"], cwd=self.path, check=True, stdout=subprocess.DEVNULL)
        names = subprocess.run(["ninja", "-C", self.build, "-t", "targets", "all"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.programs = sorted(set(re.findall(r"^bin/(\w+): ", names, re.M)))

    def tests(self, group):
        return [name for name in self.programs if re.fullmatch(GROUPS[group][1], name)]

    def make(self, group):
        return run(["ninja", "-j2", "-C", self.build, *(f"bin/{name}" for name in self.tests(group))], BUILD_SECONDS) == 0

    def catches(self, group):
        """The first program that fails, or None."""
        for name in self.tests(group):
            if run([self.build / "bin" / name, "--gtest_brief=1"], TEST_SECONDS, preexec_fn=limits, cwd=self.build) != 0:
                return name
        return None


def try_fault(checkout, group, fault):
    """(whether it builds, the program that catches it)."""
    file, number, before, after = fault
    path = checkout.path / file
    original = path.read_text()
    lines = original.split("\n")
    assert lines[number] == before
    lines[number] = after
    path.write_text("\n".join(lines))
    try:
        built = checkout.make(group)
        return built, checkout.catches(group) if built else None
    finally:
        path.write_text(original)


def earlier(store, revision):
    """The faults of `store` that were planted in this revision: those of another say nothing about its tests."""
    stored = json.loads(store.read_text()) if store.exists() else {}
    return stored["faults"] if isinstance(stored, dict) and stored.get("revision") == revision else []


def report(results):
    for r in results:
        if not r["caught_by"]:
            print(f"survived: {r['file']}:{r['line']}\n  - {r['before'].strip()}\n  + {r['after'].strip()}")
    for group in GROUPS:
        of_group = [r for r in results if r["group"] == group]
        if of_group:
            print(f"{group}: {sum(bool(r['caught_by']) for r in of_group)} of {len(of_group)} caught")
    print(f"all: {sum(bool(r['caught_by']) for r in results)} of {len(results)} caught")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--groups", default=",".join(GROUPS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    store = options.folder / "faults.json"
    checkout = Checkout(options.folder.resolve())
    results = earlier(store, checkout.revision)
    done = {(r["file"], r["line"], r["after"]) for r in results}
    groups = options.groups.split(",")
    for i, group in enumerate(groups):
        if not checkout.make(group) or checkout.catches(group):
            sys.exit(f"{group}: the tests fail without a fault")
        wanted = options.faults // len(groups) + (i < options.faults % len(groups))
        faults = list(candidates(checkout.path, group))
        random.Random(options.seed).shuffle(faults)
        planted = sum(r["group"] == group for r in results)
        for fault in faults:
            if planted == wanted:
                break
            file, number, before, after = fault
            if (str(file), number + 1, after) in done:
                continue
            start = time.monotonic()
            built, caught_by = try_fault(checkout, group, fault)
            if not built:
                continue
            planted += 1
            results.append({"group": group, "file": str(file), "line": number + 1, "before": before, "after": after,
                            "caught_by": caught_by, "seconds": round(time.monotonic() - start)})
            store.write_text(json.dumps({"revision": checkout.revision, "faults": results}, indent=1))
            print(f"{group} {planted}/{wanted} {file}:{number + 1} {caught_by or 'SURVIVED'} {results[-1]['seconds']} s", flush=True)
    report(results)


if __name__ == "__main__":
    main()
