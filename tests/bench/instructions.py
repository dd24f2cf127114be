"""instructions.py HOT_PATHS [--write]: instructions of the hot paths, by valgrind, against instructions.json.

A count repeats where a time does not: one more run of a path, from the difference of three runs and one. Valgrind shows
programs no AVX-512, so the counts are those of the AVX2 code. They are of one compiler; with another they are not compared.
"""
import json
import pathlib
import re
import subprocess
import sys

STORE = pathlib.Path(__file__).with_name("instructions.json")
TOLERANCE = 0.03


def compiler():
    return subprocess.run(["c++", "-dumpfullversion"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def instructions(program, path, times):
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, path, str(times)],
                         stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise SystemExit(run.stderr)
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def main():
    program, write = sys.argv[1], "--write" in sys.argv
    known = json.loads(STORE.read_text()) if STORE.exists() else {}
    if not write and known.get("compiler") != compiler():
        print(f"counts are of compiler {known.get('compiler')}, this is {compiler()}: not compared")
        raise SystemExit(77)
    names = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    counts = {name: (instructions(program, name, 3) - instructions(program, name, 1)) // 2 for name in names}
    if write:
        STORE.write_text(json.dumps({"compiler": compiler(), "instructions": counts}, indent=1) + "\n")
        return
    worse = 0
    for name, count in counts.items():
        ratio = count / known["instructions"][name]
        worse += abs(ratio - 1) > TOLERANCE
        print(f"{name:14}{count:>14,} instructions, {100 * (ratio - 1):+.2f}% of what is committed")
    if worse:
        print(f"more than {TOLERANCE:.0%} away: find out why, then instructions.py --write")
    raise SystemExit(1 if worse else 0)


if __name__ == "__main__":
    main()
