"""schema_test.py LUQSIM SOURCE_DIR: results.json files of real runs against reports/schema/results.schema.json."""
import copy
import json
import os
import subprocess
import sys
import tempfile

from skip import skip

try:
    import jsonschema
except ImportError:
    skip("no jsonschema for this Python; Debian's package is python3-jsonschema")

program, source = sys.argv[1:3]
with open(os.path.join(source, "reports/schema/results.schema.json")) as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

failed = False
runs = [["default", "digits-mlp"],
        ["mf-bprop-fp16", "digits-mlp", "--set", "quantizer.alpha=pow2", "--set", "array.zero_skip=gate"],
        ["default", "bert-base", "--passes", "fprop", "--set", "compat=scalesim"]]
with tempfile.TemporaryDirectory() as folder:
    for arguments in runs:
        run = subprocess.run([program, "run", *arguments], cwd=folder, stdout=subprocess.DEVNULL, timeout=200)
        if run.returncode not in (0, 1):
            sys.exit(" ".join(arguments) + ": exit status " + str(run.returncode))
        with open(os.path.join(folder, "luqsim-report/results.json")) as file:
            results = json.load(file)
        for error in validator.iter_errors(results):
            print(" ".join(arguments), "/".join(map(str, error.absolute_path)), error.message[:300])
            failed = True

# It also says no.
for path, value in ((["schema"], "luqsim-results-2"), (["total", "cycles"], -1), (["unknown"], 1)):
    wrong = copy.deepcopy(results)
    at = wrong
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    if validator.is_valid(wrong):
        print("valid, but should not be:", path, value)
        failed = True
sys.exit(1 if failed else 0)
