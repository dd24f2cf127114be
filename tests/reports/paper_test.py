"""paper_test.py LUQSIM SOURCE_DIR: docs/paper.md is what reports/paper/paper.py writes, as far as one network shows."""
import pathlib
import re
import subprocess
import sys
import tempfile

program, source = sys.argv[1], pathlib.Path(sys.argv[2])
workload = "resnet18"
failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print("FAILED: " + what)


def tables(text):
    """Lists of rows, each a list of cells, the header first."""
    found, rows = [], []
    for line in text.splitlines() + [""]:
        if line.startswith("|"):
            if "---" not in line:
                rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            found.append(rows)
            rows = []
    return found


def table(text, first, second):
    matching = [t for t in tables(text) if t[0][:2] == [first, second]]
    check(len(matching) == 1, f"one table of {first}, {second}, not {len(matching)}")
    return matching[0]


with tempfile.TemporaryDirectory() as folder:
    page = pathlib.Path(folder) / "paper.md"
    subprocess.run([sys.executable, source / "reports/paper/paper.py", program, "--workloads", workload, "-o", page], check=True,
                   stderr=subprocess.DEVNULL, timeout=300)
    new = page.read_text()
committed = (source / "docs/paper.md").read_text()

check(table(new, "design", "products") == table(committed, "design", "products"), "the designs' gates")
mine, theirs = table(new, "design", "array"), table(committed, "design", "array")
column = theirs[0].index(workload)
check([row[:1] + row[2:3] for row in mine] == [[row[0], row[column]] for row in theirs], "throughput: " + str(mine) + str(theirs))
for columns in (("workload", "exact"), ("workload", "batch")):
    row = table(new, *columns)[1]
    check(row in table(committed, *columns), " ".join(columns) + ": " + str(row))
layers = "<details><summary>" + workload
check(new.split(layers)[1].split("</details>")[0] == committed.split(layers)[1].split("</details>")[0], "layers")
check([row[0] for row in table(new, "claim", "paper")] == [row[0] for row in table(committed, "claim", "paper")], "claims")
blocks = {name: float(gates) for name, gates in re.findall(r"block: (\w+), parameters: {}, combinational: ([0-9.]+),",
                                                           (source / "arch/area/gates.yaml").read_text())}
ratio = (blocks["fp7_from_int4"] + blocks["fp7_from_fp4"] + blocks["fp7_mul"]) / blocks["mf_bprop"]
for text in (new, committed):
    row = next(row for row in table(text, "claim", "paper") if row[0].startswith("MF-BPROP"))
    check(row[2].startswith(f"{ratio:.2f}x of that block; ") and row[3] == "no: less", "the product's claim: " + str(row))
    check("nan" not in text.split() and "{" not in text, "something is not filled in")
sys.exit(1 if failures else 0)
