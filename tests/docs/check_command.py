"""What can be said of a command that is not run: that the presets, options, targets, labels and files it names exist."""
import json
import re
import shlex


def words_after(option, words):
    return [following for word, following in zip(words, words[1:]) if word == option]


class CommandCheck:
    def __init__(self, source):
        self.source = source

    def presets(self):
        kinds = json.loads((self.source / "CMakePresets.json").read_text())
        return {preset["name"] for kind in ("configurePresets", "buildPresets", "testPresets") for preset in kinds[kind]}

    def build_names(self):
        """Options, targets and labels of the build's description, whatever of it this build has."""
        files = [self.source / "CMakeLists.txt", *self.source.glob("[!.b]*/**/CMakeLists.txt")]
        text = "\n".join(re.sub(r"#.*", "", file.read_text()) for file in files)
        options = re.findall(r"\boption\((\w+)", text)
        targets = re.findall(r"\b(?:add_custom_target|add_executable|add_library|pybind11_add_module)\((\w+)", text)
        labels = [label for group in re.findall(r'\bLABELS "?([\w;]+)', text) for label in group.split(";")]
        return {"option": options, "target": targets, "label": labels}

    def unknown(self, text):
        """What the command names and the project lacks: "preset NAME"..."""
        words = shlex.split(text, comments=True)
        options = [match[1] for word in words if (match := re.match(r"-D(LUQSIM_\w+)=", word))]
        described = [("option", name) for name in options]
        described += [("target", name) for name in words_after("--target", words)]
        described += [("label", name) for name in (words_after("-L", words) if "ctest" in words else [])]
        missing = [f"preset {name}" for name in words_after("--preset", words) if name not in self.presets()]
        if described:
            known = self.build_names()
            missing += [f"{kind} {name}" for kind, name in described if name not in known[kind]]
        files = [word.removeprefix("./") for word in words if re.search(r"^[\w./-]+\.(sh|py)$", word)]
        return missing + [f"file {name}" for name in files if not (self.source / name).is_file()]
