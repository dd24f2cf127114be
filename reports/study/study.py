#!/usr/bin/env python3
"""What 4-bit training tolerates: trains networks under every scheme and writes tables and a page.

usage: study.py --luqtrain PATH --out DIR [--small] [--images FILE --labels FILE] [--text FILE]...

DIR gets results.json (an interrupted study continues from it), training-results.md and training.html.
"""
import argparse
import pathlib
import sys

import markdown
import page
import plan
from runs import Results, key_of
from sections import all_sections

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "traces" / "samples"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--luqtrain", required=True, help="the program")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder for results, tables and page")
    parser.add_argument("--small", action="store_true", help="tiny networks and a few steps: a test of the study")
    parser.add_argument("--images", help="IDX images, an additional task; with --labels")
    parser.add_argument("--labels", help="their IDX labels")
    parser.add_argument("--text", action="append", default=[], help="a text, an additional task")
    parser.add_argument("--traces", nargs="*", default=sorted(map(str, SAMPLES.glob("*.safetensors"))),
                        help="recorded traces whose gradients are described; the bundled ones unless given")
    arguments = parser.parse_args()
    if (arguments.images is None) != (arguments.labels is None):
        parser.error("--images and --labels go together")
    return arguments


def tasks_of(arguments):
    tasks = list(plan.SMALL if arguments.small else plan.FULL)
    if arguments.images:
        tasks.append(plan.image_task(arguments.images, arguments.labels))
    return tasks + [plan.text_task(text) for text in arguments.text]


def main():
    arguments = parse_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    tasks = tasks_of(arguments)
    results = Results(str(arguments.out / "results.json"))
    harder = plan.harder_tasks(arguments.small)
    wanted = [options for task in tasks for options in plan.all_runs(task)]
    wanted += [options for task in harder for options in plan.harder_runs(task)]
    results.complete(arguments.luqtrain, wanted, lambda line: print(line, file=sys.stderr, flush=True))
    sections = all_sections(results, tasks, harder, arguments.traces)
    runs = len({key_of(options) for options in wanted})
    (arguments.out / "training-results.md").write_text(markdown.document(tasks, sections, runs))
    (arguments.out / "training.html").write_text(page.document(results, tasks, sections, runs))


if __name__ == "__main__":
    main()
