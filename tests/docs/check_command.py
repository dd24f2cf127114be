"""What can be said of a command that is not run: that the presets, options, targets, labels and files it names exist."""
import json
import re
import shlex
import subprocess


def words_after(option, words):
    return [following for word, following in zip(words, words[1:]) if word == option]


class CommandCheck:
    def __init__(self, source, build):
        self.source, self.build = source, build
        self.known = {}

    def presets(self):
        kinds = json.loads((self.source / "CMakePresets.json").read_text())
        return {preset["name"] for kind in ("configurePresets", "buildPresets", "testPresets") for preset in kinds[kind]}

    def options(self):
        return set(re.findall(r"^(\w+):", (self.build / "CMakeCache.txt").read_text(), re.MULTILINE))

    def targets(self):
        return set(re.findall(r"[\w.-]+", self.output("cmake", "--build", self.build, "--target", "help")))

    def labels(self):
        return set(self.output("ctest", "--test-dir", self.build, "--print-labels").split())

    @staticmethod
    def output(*command):
        return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout

    def unknown(self, text):
        """What the command names and the project lacks: "preset NAME"..."""
        words = shlex.split(text, comments=True)
        named = [("preset", name) for name in words_after("--preset", words)]
        named += [("option", re.match(r"-D(\w+)=", word)[1]) for word in words if re.match(r"-D\w+=", word)]
        named += [("target", name) for name in words_after("--target", words)]
        if "ctest" in words:
            named += [("label", name) for name in words_after("-L", words)]
        return [f"{kind} {name}" for kind, name in named if name not in self.all_of(kind)] + self.missing_files(words)

    def all_of(self, kind):
        if kind not in self.known:
            self.known[kind] = getattr(self, kind + "s")()
        return self.known[kind]

    def missing_files(self, words):
        files = [word.removeprefix("./") for word in words if re.search(r"^[\w./-]+\.(sh|py)$", word)]
        return [f"file {name}" for name in files if not (self.source / name).is_file()]
