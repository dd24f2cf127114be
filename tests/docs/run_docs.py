"""Runs the commands of a page and compares what they print with what the page shows.

    run_docs.py PAGE --source DIR --build DIR --scratch DIR [--have python,onnx,mpi,torch] [--seconds 120]
                [--update | --long]

In a fenced block a line that starts with "$ " is a command, continued by a backslash at its end; what follows up to the next
command is its output, where "..." alone in a line stands for any lines. A command without output shown is run all the same,
and only its exit status counts, that of every turn of a loop. All commands of a page run in order in one scratch folder, which looks like the source tree
(links to its folders, and build/release to the build); the programs are in PATH. An HTML comment above a block says more:

    <!-- long: reason -->      run with --long only; without, what the commands name has to exist (check_command.py)
    <!-- run by: FILE -->      that file of the source tree runs them: each stands in it
    <!-- shorter: luqtrain --epochs 1 -->  every call of that program gets these options in place of its own; only exit
                               statuses count. A program of the source tree goes by its path
    <!-- copy: FILE NAME -->   a file of the source tree stands in for one that the reader has, under the name it has here
    <!-- needs: onnx torch --> not run where --have lacks one of them
    <!-- exit: 1 -->           one command of the block at least ends with this status; the others with it or with 0
    <!-- file: name -->        the block is a file, written to the scratch folder

With --long the scratch folder is a clone of the source tree's HEAD, which keeps what earlier runs built, after the first command
of README.md; blocks marked long run there, no others.

Both sides are normalised: the path of the source tree goes, and dates, revisions and the devices that traces were recorded on
become a word. --update writes the real outputs into the page in place of those that differ.
Exit status: 0 all as shown, 1 something differs, 77 no command was run."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field

from check_command import CommandCheck

MARK = re.compile(r"<!-- (long|run by|needs|exit|file|shorter|copy): (.*?) -->")
LINKED = ("arch", "configs", "docs", "numerics", "reports", "tests", "traces")
SKIPPED = 77
# Runs the program that it stands for with options of its own in place of the caller's.
SHORTER = """#!{python}
import os, sys
arguments = sys.argv[1:]
for option, *values in {options}:
    while option in arguments:
        at = arguments.index(option)
        del arguments[at:at + 1 + len(values)]
    arguments += [option, *values]
os.execv({program!r}, [{program!r}, *arguments])
"""


@dataclass
class Command:
    line: int  # of the page, from 1
    text: str
    wanted: list = field(default_factory=list)
    first_output: int = 0


@dataclass
class Block:
    marks: dict
    lines: list  # (number, text)

    def commands(self):
        found = []
        continued = False
        for number, text in self.lines:
            if continued:
                found[-1].text += "\n" + text
                found[-1].first_output = number + 1
            elif text.startswith("$ "):
                found.append(Command(number, text[2:], first_output=number + 1))
            elif found:
                found[-1].wanted.append(text.rstrip())
            continued = (continued or text.startswith("$ ")) and text.endswith("\\")
        for command in found:
            while command.wanted and not command.wanted[-1]:
                command.wanted.pop()
        return found


def blocks_of(lines):
    blocks, marks, inside = [], {}, None
    for number, text in enumerate(lines, 1):
        if inside is not None:
            if text.startswith("```"):
                blocks.append(Block(marks, inside))
                marks, inside = {}, None
            else:
                inside.append((number, text))
        elif text.startswith("```"):
            inside = []
        elif MARK.fullmatch(text):
            kind, value = MARK.fullmatch(text).groups()
            marks[kind] = value
        elif text.strip():
            marks = {}
    return blocks


def normalised(text, source):
    text = text.replace(str(source) + "/", "").rstrip()
    text = re.sub(r"\b\d{4}-\d{2}-\d{2}\b", "DATE", text)
    text = re.sub(r"\brevision [0-9a-f]{7,}(-dirty)?", "revision REVISION", text)
    return re.sub(r"\b(recorded on \w+) \([^)]*\)", r"\1 (DEVICE)", text)


def matches(wanted, got):
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in wanted)
    return re.fullmatch(pattern, "".join(line + "\n" for line in got)) is not None


def first_difference(wanted, got):
    """Index of the first line of `wanted` that `got` lacks at its place."""
    place, anywhere = 0, False
    for index, line in enumerate(wanted):
        if line == "...":
            anywhere = True
            continue
        if anywhere and line in got[place:]:
            place = got.index(line, place)
        elif place >= len(got) or got[place] != line:
            return index
        place, anywhere = place + 1, False
    return max(len(wanted) - 1, 0)


class Page:
    def __init__(self, options):
        self.page, self.source, self.build = options.page, options.source, options.build
        self.scratch, self.update, self.long, self.seconds = options.scratch, options.update, options.long, options.seconds
        self.have = set(filter(None, options.have.split(",")))
        self.lines = self.page.read_text().splitlines()
        self.command_check = CommandCheck(self.source)
        self.ran, self.not_run, self.failures, self.updates = 0, Counter(), [], []

    def clone(self):
        def git(*arguments):
            return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

        if not self.scratch.exists():
            git("clone", "--quiet", self.source, self.scratch)
        git("-C", self.scratch, "fetch", "--quiet")
        git("-C", self.scratch, "checkout", "--quiet", "--force", "--detach", git("-C", self.source, "rev-parse", "HEAD"))
        subprocess.run(["./luqsim.sh", "run"], cwd=self.scratch, check=True)
        self.build = self.scratch / "build/release"

    def prepare(self):
        shutil.rmtree(self.scratch, ignore_errors=True)
        (self.scratch / "build").mkdir(parents=True)
        (self.scratch / "build/release").symlink_to(self.build)
        for name in LINKED:
            (self.scratch / name).symlink_to(self.source / name)

    def environment(self):
        path = [str(self.wrappers()), str(self.build / "bin"), os.path.dirname(sys.executable), os.environ["PATH"],
                "/usr/local/cuda/bin"]
        return {**os.environ, "PATH": ":".join(path), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1",
                "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                "OMPI_MCA_rmaps_base_oversubscribe": "1"}

    def fail(self, line, message):
        self.failures.append(f"{self.page.relative_to(self.source)}:{line}: {message}")

    def run(self, command):
        try:
            done = subprocess.run(["bash", "-e", "-c", self.with_wrappers(command.text)], cwd=self.scratch, env=self.environment(),
                                  text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=self.seconds)
        except subprocess.TimeoutExpired:
            self.fail(command.line, f"$ {command.text}\n  took more than {self.seconds} s")
            return None
        self.ran += 1
        self.compare(command, done.stdout.splitlines())
        return done

    def compare(self, command, output):
        if not command.wanted:
            return
        wanted = [normalised(line, self.source) for line in command.wanted]
        got = [normalised(line, self.source) for line in output]
        while got and not got[-1]:
            got.pop()
        if matches(wanted, got):
            return
        index = first_difference(wanted, got)
        self.fail(command.first_output + index, f"$ {command.text}\n  shown: {wanted[index]}\n  real output:\n" +
                  "\n".join(f"    {line}" for line in got))
        self.updates.append((command, [line.replace(f"{self.source}/", "").rstrip() for line in output]))

    def wrappers(self):
        return self.scratch / "build/shorter"

    def shorten(self, mark):
        """The program of the mark, from now on, or without a mark every program, as it is."""
        shutil.rmtree(self.wrappers(), ignore_errors=True)
        self.shorter = None
        if not mark:
            return
        self.wrappers().mkdir(parents=True)
        self.shorter, *words = mark.split()
        options = re.findall(r"--\S+(?: (?!--)\S+)*", " ".join(words))
        program = self.scratch / self.shorter if "/" in self.shorter else self.build / "bin" / self.shorter
        wrapper = self.wrappers() / program.name
        wrapper.write_text(SHORTER.format(python=sys.executable, program=str(program), options=[option.split() for option in options]))
        wrapper.chmod(0o755)

    def with_wrappers(self, text):
        """A program by its path is not looked for in PATH."""
        path = self.shorter or ""
        return text.replace(path, str(self.wrappers() / pathlib.Path(path).name)) if "/" in path else text

    def check_names(self, commands):
        for command in commands:
            for name in self.command_check.unknown(command.text):
                self.fail(command.line, f"$ {command.text}\n  there is no {name}")

    def check_runner(self, name, commands):
        text = (self.source / name).read_text()
        for command in commands:
            if command.text not in text:
                self.fail(command.line, f"$ {command.text}\n  is not in {name}")

    def left_out(self, block, commands):
        """Whether another run has the block, or this one lacks what it needs."""
        missing = [part for part in block.marks.get("needs", "").split() if part not in self.have]
        if self.long and "long" not in block.marks:
            return True
        if "run by" in block.marks:
            self.not_run[f"run by {block.marks['run by']}"] += len(commands)
            self.check_runner(block.marks["run by"], commands)
        elif "long" in block.marks and not self.long:
            self.not_run[f"long: {block.marks['long']}"] += len(commands)
            self.check_names(commands)
        elif missing:
            self.not_run[f"no {' '.join(missing)} here"] += len(commands)
        else:
            return False
        return True

    def run_block(self, block):
        commands = block.commands()
        if self.left_out(block, commands):
            return
        if "file" in block.marks:
            (self.scratch / block.marks["file"]).write_text("".join(text + "\n" for _, text in block.lines))
            return
        if "copy" in block.marks:
            file, name = block.marks["copy"].split()
            shutil.copy(self.source / file, self.scratch / name)
        self.shorten(block.marks.get("shorter"))
        statuses = []
        for command in commands:
            if "shorter" in block.marks:
                command.wanted = []
            done = self.run(command)
            if done is not None:
                statuses.append(done.returncode)
                if done.returncode not in (0, int(block.marks.get("exit", 0))):
                    self.fail(command.line, f"$ {command.text}\n  exit status {done.returncode}\n{done.stdout}")
        if commands and "exit" in block.marks and int(block.marks["exit"]) not in statuses:
            self.fail(commands[0].line, f"exit status {block.marks['exit']} is announced; got {statuses}")

    def write_updates(self):
        for command, output in sorted(self.updates, key=lambda update: -update[0].line):
            first = command.first_output - 1
            self.lines[first:first + len(command.wanted)] = output
        self.page.write_text("\n".join(self.lines) + "\n")

    def check(self):
        if self.long and not (self.source / ".git").exists():
            print("the source tree is no git checkout, which long commands run in a clone of")
            return SKIPPED
        if self.long:
            self.clone()
        else:
            self.prepare()
        for block in blocks_of(self.lines):
            self.run_block(block)
        if self.update:
            self.write_updates()
        for failure in self.failures:
            print(failure)
        print(f"{self.page.name}: {self.ran} commands run, {sum(self.not_run.values())} not run")
        for reason, count in self.not_run.items():
            print(f"  {count} not run: {reason}")
        if self.failures:
            return 1
        return 0 if self.ran else SKIPPED


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=lambda name: pathlib.Path(name).resolve())
    for name in ("--source", "--build", "--scratch"):
        parser.add_argument(name, type=lambda value: pathlib.Path(value).resolve(), required=True)
    parser.add_argument("--have", default="")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seconds", type=int, default=120, help="that a command may take")
    return Page(parser.parse_args()).check()


if __name__ == "__main__":
    sys.exit(main())
