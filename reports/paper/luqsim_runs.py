"""Runs of the program luqsim, each once."""
import functools
import json
import pathlib
import subprocess
import sys
import tempfile


class Luqsim:
    """What the program says, as JSON; equal questions are asked once."""

    def __init__(self, program):
        self.program = program
        self.version = self._run("version").split()[1]

    def _run(self, *arguments):
        print("luqsim " + " ".join(arguments), file=sys.stderr)
        result = subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if result.returncode not in (0, 1):  # 1: tensors that are not bit-exact
            raise SystemExit(f"luqsim {' '.join(arguments)}: exit status {result.returncode}: {result.stderr.strip()}")
        return result.stdout

    @functools.lru_cache(maxsize=None)
    def area(self, design, *settings):
        return json.loads(self._run("area", design, *_sets(settings), "--json"))[0]

    @functools.lru_cache(maxsize=None)
    def run(self, design, workload, *settings, batch=None):
        """The sums of a run, without its records."""
        with tempfile.TemporaryDirectory() as folder:
            self._run("run", design, workload, *_sets(settings), *_batch(batch), "-o", folder)
            results = json.loads((pathlib.Path(folder) / "results.json").read_text())
        del results["records"], results["layers"]
        return results

    @functools.lru_cache(maxsize=None)
    def shapes(self, workload, batch=None):
        """(id, pass, m, n, k) of every GEMM."""
        records = json.loads(self._run("inspect", workload, *_batch(batch), "--json"))["records"]
        return [(r["layer"], r["pass"], r["m"], r["n"], r["k"]) for r in records]

    @functools.lru_cache(maxsize=None)
    def iso_area(self, designs, workload, batch=None, figures=()):
        """Verdicts of the designs with arrays that fit the area of the first, by the design's name. `figures`: names of
        charts with the files that they become."""
        with tempfile.TemporaryDirectory() as folder:
            verdicts = json.loads(self._run("compare", *designs, "--iso-area", "--trace", workload, *_batch(batch), "--json",
                                            "-o", folder, *(["--svg"] if figures else [])))["verdicts"]
            for name, file in figures:
                pathlib.Path(file).write_text((pathlib.Path(folder) / "charts" / f"{name}.svg").read_text())
        return dict(zip(designs, verdicts))


def _sets(settings):
    return [word for setting in settings for word in ("--set", setting)]


def _batch(batch):
    return [] if batch is None else ["--batch", str(batch)]
