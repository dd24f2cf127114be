"""A trace from a script that shares nothing with the project validates, and mistakes made in that script are named.

usage: independent_test.py LUQSIM SCRIPT      (exit status 77: no NumPy)
"""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import types

if importlib.util.find_spec("numpy") is None:
    print("no NumPy")
    sys.exit(77)

# What is replaced in the script's text, the tensor that shows it, and the hypothesis that has to explain it.
MISTAKES = [
    ("top_exponent_7", "d4.0", [("F(2**E) / largest", "F(2**7) / largest"),
                                ("largest * F(2.0**-E)", "largest * F(2.0**-7)"),
                                ("- 127, E) + 1", "- 127, 6) + 1")]),
    ("max_without_abs", "d4.0", [("    largest = np.abs(x).max()\n    r =", "    largest = x.max()\n    r =")]),
    ("random_by_column", "d4.0", [("np.int64).reshape(x.shape)", "np.int64).reshape(x.shape[::-1]).T")]),
    ("lanes_high_half_first", "d4.1", [(">> 16 * (element % 2)", ">> 16 * (1 - element % 2)")]),
    ("lanes_reversed", "d4.0", [("c[element % 8 // 2] >> 16 * (element % 2)",
                                 "c[(7 - element % 8) // 2] >> 16 * ((7 - element) % 2)")]),
    ("counter_without_sample", "d4.1", [("256 * STEP + sample]", "STEP]")]),
    ("counter_tensor_and_step_swapped", "d4.0", [("TENSOR, 256 * STEP + sample]", "256 * STEP + sample, TENSOR]")]),
    ("key_halves_swapped", "d4.0", [("[seed % 2**32, seed >> 32]", "[seed >> 32, seed % 2**32]")]),
    ("nibbles_swapped", "w4", [("codes[:, 0::2] | codes[:, 1::2] << 4", "codes[:, 0::2] << 4 | codes[:, 1::2]")]),
    ("other_clip_constants", "x4", [("clip = (C1", "clip = (12.68"), ("- C2 *", "- 12.80 *")]),
    ("scales_in_turn", "z", [("(a @ b).astype(F) * (scale_a * scale_b)", "(a @ b).astype(F) * scale_a * scale_b")]),
    ("samples_summed", "dw", [("(scale_a * alpha / F(SAMPLES))", "(scale_a * alpha)")]),
]


def trace_of(source, replacements, path, seed):
    for old, new in replacements:
        assert source.count(old) == 1, f"{old!r} is {source.count(old)} times in the script"
        source = source.replace(old, new)
    module = types.ModuleType("independent_trace")
    exec(source, module.__dict__)
    module.main(str(path), seed)


def validated(luqsim, path):
    result = subprocess.run([luqsim, "validate", "--diagnose", "--json", str(path)], stdout=subprocess.PIPE, text=True)
    return result.returncode, json.loads(result.stdout)


SEED = 0xFEDCBA9876543210


def main(luqsim, script):
    source = pathlib.Path(script).read_text()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "t.safetensors"
        trace_of(source, [], path, SEED)
        status, report = validated(luqsim, path)
        assert status == 0 and report["mismatches"] == 0, report
        assert report["tensors"] == 13, report["tensors"]
        for name, tensor, replacements in MISTAKES:
            for seed in range(SEED, SEED + 20):  # the first whose data show the mistake
                trace_of(source, replacements, path, seed)
                status, report = validated(luqsim, path)
                if status != 0:
                    break
            found = [d["explanations"] for r in report["records"] for d in r["diagnoses"] if d["tensor"] == tensor]
            good = status == 1 and found[:1] == [[[name]]]
            failures += not good
            print("ok  " if good else "FAIL", name, tensor, found)
    print(f"{len(MISTAKES) - failures} of {len(MISTAKES)} mistakes named")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
