"""Runs luqtrain and keeps what it said, so that a study that was interrupted goes on where it was."""
import csv
import json
import os
import re
import resource
import subprocess
import tempfile

EPOCH = re.compile(r"epoch +(\d+): loss ([-\d.a-z]+), train ([\d.]+)%, held out ([\d.]+)%(?:, ([\d.]+) bits)?")
CRC = re.compile(r"weights crc32 ([0-9a-f]{8})")
EPOCH_KEYS = ("epoch", "loss", "train", "held_out", "bits")


def words_of(options):
    """The command line of options. True is a flag that is set."""
    return [word for name, value in options.items()
            for word in ([f"--{name}"] if value is True else [f"--{name}", str(value)])]


def key_of(options):
    """A run's name in the results."""
    return " ".join(words_of(options))


def parse(output):
    epochs = [dict(zip(EPOCH_KEYS, (float(v) for v in match if v))) for match in EPOCH.findall(output)]
    return {"epochs": epochs, "crc": CRC.search(output).group(1)}


def read_probe(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = ("cosine", "slope", "bias", "error")
    return [{**row, "step": int(row["step"]), **{n: float(row[n]) for n in numbers}} for row in rows]


def children_seconds():
    """Processor time of programs that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def train(luqtrain, options):
    """What the run printed, with the processor time that it took. A run that diverged has only a message."""
    with tempfile.TemporaryDirectory() as folder:
        probe = os.path.join(folder, "probe.csv")
        words = words_of(options) + (["--probe", probe] if "probe-every" in options else [])
        before = children_seconds()
        done = subprocess.run([luqtrain, *words, "--threads", "1"], capture_output=True, text=True,
                              env={**os.environ, "OMP_NUM_THREADS": "1"})
        seconds = round(children_seconds() - before, 3)
        if done.returncode == 2 and "training diverged" in done.stderr:
            return {"diverged": done.stderr.strip(), "seconds": seconds}
        if done.returncode != 0:
            raise RuntimeError(f"luqtrain {' '.join(words)}: {done.stderr.strip()}")
        result = parse(done.stdout) | {"seconds": seconds}
        return result | ({"probe": read_probe(probe)} if "probe-every" in options else {})


class Results:
    """A JSON file of runs by their options."""

    def __init__(self, path):
        self.path = path
        self.runs = {}
        if os.path.exists(path):
            with open(path) as file:
                self.runs = json.load(file)["runs"]

    def __getitem__(self, options):
        return self.runs[key_of(options)]

    def complete(self, luqtrain, wanted, say):
        """Makes the runs that are missing; the file is whole after each."""
        missing = list({key_of(o): o for o in wanted if key_of(o) not in self.runs}.items())
        for i, (key, options) in enumerate(missing):
            say(f"{i + 1}/{len(missing)} {key}")
            self.runs[key] = train(luqtrain, options)
            self.save()

    def save(self):
        with open(self.path + ".part", "w") as file:
            json.dump({"runs": self.runs}, file, indent=0)
        os.replace(self.path + ".part", self.path)
