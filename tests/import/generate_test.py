"""The bundled workloads are what their generator writes, and docs/workloads.md lists them: generate_test.py SOURCE_DIR."""
from pathlib import Path
import sys

source = Path(sys.argv[1])
folder = source / "configs/workloads"
sys.dont_write_bytecode = True
sys.path.insert(0, str(folder))
import generate

wrong = [name for name, text in generate.files().items() if (folder / name).read_bytes() != text.encode()]
wrong += sorted({file.name for file in folder.glob("*.yaml")} - set(generate.files()))
if wrong:
    print("not what configs/workloads/generate.py writes:", *wrong)
if generate.table() not in (source / "docs/workloads.md").read_text():
    print("docs/workloads.md lacks the table that generate.py gives:\n" + generate.table())
    wrong.append("docs")
sys.exit(1 if wrong else 0)
