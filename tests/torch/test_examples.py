"""What docs/luqtrace.md shows and docs/examples hold still runs."""
import ast
import os
import re
import subprocess
import sys
import tempfile
import unittest

import support
from luqtrace.published import compare

EXAMPLES = os.path.join(support.root, "docs/examples")


class Examples(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        # The manual's commands start in the project's folder.
        os.symlink(os.path.join(support.root, "traces"), os.path.join(self.folder, "traces"))

    def python(self, *arguments):
        environment = dict(os.environ, PYTHONPATH="traces/torch", PYTHONDONTWRITEBYTECODE="1")
        result = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def replay(self, trace):
        result = support.luqsim(
            "run", "default", os.path.join(self.folder, trace), "-o", os.path.join(self.folder, "report")
        )
        return result.returncode, re.search(r"\d+ of \d+ tensors", result.stdout).group()

    def test_manual(self):
        with open(os.path.join(support.root, "docs/luqtrace.md")) as file:
            text = file.read()
        code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
        self.assertIn("loss ", self.python("-c", code.group(1)))
        self.assertEqual(self.replay("digits.safetensors"), (0, "60 of 60 tensors"))

    def test_pytorch_validate(self):
        script = os.path.join(EXAMPLES, "pytorch_validate.py")
        self.python(script, "kernel.safetensors")
        self.assertEqual(self.replay("kernel.safetensors"), (0, "5 of 5 tensors"))
        self.python(script, "kernel.safetensors", "--bug")
        self.assertEqual(self.replay("kernel.safetensors"), (1, "3 of 5 tensors"))

    def test_triton_snippet_is_python(self):
        with open(os.path.join(EXAMPLES, "triton_snippet.py")) as file:
            ast.parse(file.read())

    def test_published_formula(self):
        report = compare(elements=1 << 14, repeats=20)
        for bias, deviation, square in report.values():
            self.assertLess(abs(bias), 5 * deviation)
            self.assertAlmostEqual(square, 0.0875, delta=0.01)


if __name__ == "__main__":
    unittest.main()
