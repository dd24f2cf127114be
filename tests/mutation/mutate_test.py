"""What mutate.py goes on from: faults of the same revision and no others."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import mutate


class Checkout:
    """Of one source file with two lines that can be mutated; builds nothing, and its tests catch every fault."""

    def __init__(self, folder, revision):
        self.path, self.revision, self.planted = folder / "checkout", revision, 0
        source = self.path / "numerics/src/f.cpp"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("a < b;\na + b;\n")
        self.original = source.read_text()

    def make(self, _):
        return True

    def catches(self, _):
        changed = (self.path / "numerics/src/f.cpp").read_text() != self.original
        self.planted += changed
        return "numerics_test" if changed else None


class GoesOn(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.store = self.folder / "faults.json"

    def planted(self, revision, faults):
        """How many faults a run plants that wants so many."""
        checkout = Checkout(self.folder, revision)
        arguments = ["mutate.py", str(self.folder), "--groups", "numerics", "--faults", str(faults)]
        with mock.patch.object(mutate, "Checkout", lambda _: checkout), mock.patch.object(sys, "argv", arguments), \
                contextlib.redirect_stdout(io.StringIO()):
            mutate.main()
        return checkout.planted

    def test_where_the_revision_is_the_same(self):
        self.assertEqual(self.planted("a", 1), 1)
        self.assertEqual(self.planted("a", 2), 1)
        self.assertEqual(self.planted("a", 2), 0)

    def test_afresh_where_it_is_another(self):
        self.planted("a", 2)
        self.assertEqual(self.planted("b", 2), 2)
        stored = json.loads(self.store.read_text())
        self.assertEqual((stored["revision"], len(stored["faults"])), ("b", 2))

    def test_afresh_where_none_is_recorded(self):
        self.planted("a", 2)
        self.store.write_text(json.dumps(json.loads(self.store.read_text())["faults"]))
        self.assertEqual(self.planted("a", 2), 2)


if __name__ == "__main__":
    unittest.main()
