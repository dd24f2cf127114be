#!/usr/bin/env python3
"""synthesise.py [--check N]: synthesises the blocks of arch/rtl with Yosys and writes their gate counts.

All blocks, into arch/area/gates.yaml; with --check every Nth block again: differences from gates.yaml are an error (exit
1), with another version of Yosys there is nothing to compare (exit 77).

Areas are NAND2 equivalents (nand2.lib), registers apart; depth is the longest path in mapped cells. Blocks are flattened
unless they say otherwise: what is inside them is optimised together, as it would be in a PE.
"""
import argparse
import pathlib
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
RTL = HERE.parent / "rtl"
GATES = HERE / "gates.yaml"
LIBRARY = HERE / "nand2.lib"
FLIP_FLOP = 5.67  # of nand2.lib
# Area mapping after structural choices: it repeats exactly, and does not depend on how parameters are spelt.
ABC = "+strash;ifraig;scorr;dc2;dch,-f;amap,-m;print_stats"

INTEGERS = [16, 20, 24, 32]
FLOATS = {"fp16": (5, 10), "bf16": (8, 7), "fp32": (8, 23)}
PRODUCTS = range(4)  # of pe_mac: int4_mul, shift_mul, standard_product, mf_bprop


def grid():
    for block in ("int4_mul", "shift_mul", "standard_product", "mf_bprop", "e2m1_mul", "e4m3_mul", "bf16_mul", "fp32_mul",
                  "fp7_from_int4", "fp7_from_fp4", "fp7_mul", "fp7_to_int", "philox"):
        yield block, {}
    for exponent, mantissa in FLOATS.values():
        yield "fp7_to_fp", {"EXP": exponent, "MAN": mantissa}
        yield "fp_sum", {"EXP": exponent, "MAN": mantissa}
        yield "fp_accumulator", {"EXP": exponent, "MAN": mantissa, "IN": 11}
        for product in PRODUCTS:
            yield "pe_mac", {"PRODUCT": product, "EXP": exponent, "MAN": mantissa}
    for product in PRODUCTS:
        yield "pe_mac", {"PRODUCT": product, "EXP": 5, "MAN": 10, "CHUNK": 64}
    for width in INTEGERS:
        for saturate in (0, 1):
            yield "int_accumulator", {"W": width, "SATURATE": saturate, "IN": 11}
            yield "pe_dual", {"W": width, "SATURATE": saturate}
        for product in PRODUCTS:
            yield "pe_mac", {"PRODUCT": product, "W": width}
        yield "dot_shift", {"N": 16, "W": width, "SATURATE": 0}
        yield "round_to_fp32", {"IN": width}
    for bits in range(1, 17):
        for pow2 in (0, 1):
            yield "luq_lane", {"B": bits, "POW2": pow2}
    for pow2 in (0, 1):
        for unsigned in (0, 1):
            yield "sawb_lane", {"UNSIGNED": unsigned, "POW2": pow2}
    # Arrays of one PE: what they have beside it is their control.
    for pe, array, extra in (("os_pe", "os_array", {}), ("ws_pe", "ws_array", {"INDEX": 1})):
        yield pe, {"LANES": 1, "W": 24, "MODE": 1}
        yield array, {"ROWS": 1, "COLS": 1, "LANES": 1, "W": 24, "MODE": 1, **extra}
    yield "max_abs", {"WIDTH": 16, "INDEX": 32}
    for steps in (4, 8, 16):
        yield "lfsr16", {"STEPS": steps}
    yield from other_formats()


def other_formats():
    """What is built instead of 4-bit LUQ: int8, FP8, INT4 by FP8, bf16, fp32, radix-4 FP4, MXFP4, NVFP4."""
    for block in ("radix4_mul", "int8_mul", "fp8_to_e5m3", "bf16_fp32_mul"):
        yield block, {}
    for exponent, mantissa in FLOATS.values():
        yield "radix4_mul", {"EXP": exponent, "MAN": mantissa}
        yield "pe_radix4", {"EXP": exponent, "MAN": mantissa}
    yield "pe_radix4", {"EXP": 5, "MAN": 10, "CHUNK": 64}
    for width in (24, 32):
        yield "pe_radix4", {"W": width}
        for saturate in (0, 1):
            yield "pe_int8", {"W": width, "SATURATE": saturate}
    for exponent, mantissa in (FLOATS["fp16"], FLOATS["fp32"]):
        for block in ("int4_fp8_mul", "fp8_mul"):
            yield block, {"EXP": exponent, "MAN": mantissa}
        for product in (0, 1):  # of pe_float: int4_fp8_mul, fp8_mul
            yield "pe_float", {"PRODUCT": product, "EXP": exponent, "MAN": mantissa}
    for product in (2, 3):  # bf16_fp32_mul, fp32_mul
        yield "pe_float", {"PRODUCT": product, "EXP": 8, "MAN": 23}
    yield "block_scale_mx", {"W": 14}
    yield "block_scale_nv", {"W": 13}
    for kind in (0, 1):
        yield "pe_block", {"KIND": kind}
    for pow2 in (0, 1):
        yield "int8_lane", {"POW2": pow2}
        for e5m2 in (0, 1):
            yield "fp8_lane", {"E5M2": e5m2, "POW2": pow2}
    for block in ("radix4_lane", "mx_scale", "nv_scale", "nv_inverse"):
        yield block, {}
    for pow2 in (0, 1):
        for bits in range(17):
            yield "e2m1_lane", {"B": bits, "POW2": pow2}


def files_of(block):
    """The block's file and those of the modules that it names: others would change Yosys's numbering, and by that the result."""
    modules = {path.stem: path for path in RTL.glob("*.v")}
    found, waiting = set(), [block]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += [name for name in modules if re.search(rf"^\s*{name}\b", modules[module].read_text(), re.M)]
    return " ".join(str(modules[name]) for name in sorted(found))


def yosys_version():
    return subprocess.run(["yosys", "-V"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[1]


def synthesise(entry):
    block, parameters = entry
    settings = " ".join(f"-set {name} {value}" for name, value in parameters.items())
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        script = f"""read_verilog -defer {files_of(block)}
{f'chparam {settings} {block}' if parameters else ''}
synth -noabc -flatten -top {block}
dfflegalize -cell $_DFF_P_ x
dfflibmap -liberty {LIBRARY}
abc -liberty {LIBRARY} -script {ABC}
opt_clean
stat -liberty {LIBRARY}
"""
        run = subprocess.run(["yosys", "-q", "-l", str(log), "-p", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True)
        if run.returncode != 0:
            raise SystemExit(f"{block} {parameters}: {run.stderr.strip()}")
        text = log.read_text()
    if "unknown" in text.split("Printing statistics")[-1]:
        raise SystemExit(f"{block} {parameters}: cells that are not in {LIBRARY.name}")
    area = float(re.findall(r"Chip area for .*: ([\d.]+)", text)[-1])
    flip_flops = sum(int(n) for n in re.findall(r"^ +DFF +(\d+)$", text, re.M)[-1:])
    depth = int((re.findall(r"lev *= *(\d+)", text) or ["0"])[-1])
    sequential = flip_flops * FLIP_FLOP
    return f"  - {{block: {block}, parameters: {{{', '.join(f'{n}: {v}' for n, v in parameters.items())}}}, " \
           f"combinational: {area - sequential:.2f}, sequential: {sequential:.2f}, depth: {depth}}}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", type=int, metavar="N", help="every Nth block")
    every = parser.parse_args().check
    if every is not None and every < 1:
        parser.error(f"--check: {every}; wanted at least 1")
    entries = list(grid())
    if every:
        version = re.search(r"yosys: (\S+)", GATES.read_text()).group(1)
        if version != yosys_version():
            print(f"gates.yaml is of Yosys {version}, this is {yosys_version()}: not compared")
            raise SystemExit(77)
        known = set(GATES.read_text().splitlines())
        entries = entries[::every]
    with ThreadPoolExecutor(2) as pool:
        lines = list(pool.map(synthesise, entries))
    if every:
        different = [line for line in lines if line not in known]
        print(f"{len(lines)} blocks synthesised again, {len(different)} differ from gates.yaml", *different, sep="\n")
        raise SystemExit(1 if different else 0)
    GATES.write_text("# NAND2 equivalents of the blocks of arch/rtl; made by synthesise.py (cmake --build ... --target area), not by\n"
                     "# hand. depth: cells on the longest path.\n"
                     f"yosys: {yosys_version()}\nlibrary: {LIBRARY.name}\nflip_flop: {FLIP_FLOP}\nblocks:\n"
                     + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
