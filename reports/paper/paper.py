#!/usr/bin/env python3
"""paper.py LUQSIM [-o docs/paper.md] [--workloads NAME,...]: what luqsim finds of the LUQ paper's claims on hardware.

Simulates designs and networks (some minutes) and writes the page. With --figures FOLDER also charts as SVG (Node.js).
"""
import argparse
import pathlib

from claims import Study, all_claims, designs_table, throughput_table
from luqsim_runs import Luqsim
from tables import table

# Batches as one device might see them.
WORKLOADS = {"resnet18": 16, "resnet50": 16, "mobilenet-v2": 1, "resnext50": 4, "transformer-base": 8, "bert-base": 8, "vit-b16": 4,
             "gpt-1.3b": 1}


def page(study, command):
    claims = all_claims(study)
    summary = table(("claim", "paper", "luqsim", "holds"), [(c.what, c.published, c.found, c.holds) for c in claims])
    sections = "\n\n".join(f"## {c.what}\n\n{c.text}" for c in claims if c.text)
    figures = ""
    if study.figures:
        figures = "".join(f"\n\n![{alt}]({pathlib.Path(study.figures).name}/{name}.svg)" for name, alt in
                          (("pareto", f"Area against time, {study.main}"), ("stalls", f"Where the cycles go, {study.main}"),
                           ("area", "Area by part"), ("energy", f"Energy by part, {study.main}")))
    return f"""# The paper's claims on hardware

Written by `{command}` with luqsim {study.luqsim.version}; not by hand.

{summary}

Areas are gate counts of synthesised Verilog ([area.md](area.md)), proxies to compare with, not silicon. The paper's figures
are quoted from its text; it estimates gates by hand.

## The designs

Gates (GE) of a PE with all its products, for each multiplication that it does in a cycle; without the registers that join
it to its neighbours. Depth: cells on the longest path, unpipelined. Floating-point designs have an adder for each product, where a
GPU aligns and sums several at once.

{designs_table(study)}

Effective TOPS of a training step (all three passes, quantization included) when every design has the area of the first:
the largest square array that fits beside the same scratchpads, with 64 bytes of DRAM a cycle and 1 GHz:

{throughput_table(study)}

Batches: {", ".join(f"{name} {batch}" for name, batch in study.workloads.items())}.
Clocks are the same for all, although a fp32 PE has the longer path: depth is what a pipeline would have to cut.{figures}

{sections}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("luqsim")
    parser.add_argument("-o", "--output", default="docs/paper.md")
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="of those that are bundled")
    parser.add_argument("--figures", help="folder for charts")
    options = parser.parse_args()
    workloads = {name: WORKLOADS[name] for name in options.workloads.split(",")}
    if options.figures:
        pathlib.Path(options.figures).mkdir(parents=True, exist_ok=True)
    main_workload = "resnet50" if "resnet50" in workloads else next(iter(workloads))
    study = Study(Luqsim(options.luqsim), workloads, main_workload, options.figures)
    pathlib.Path(options.output).write_text(page(study, "cmake --build build/release --target paper"))


if __name__ == "__main__":
    main()
