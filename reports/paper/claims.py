"""What the paper says of hardware, each beside what luqsim finds."""
import math
from dataclasses import dataclass

from tables import percent, si, table, times

# The first is the paper's reference block: it sets the area of all comparisons.
DESIGNS = ("standard-fp32", "mf-bprop-fp32", "mf-bprop-fp16", "default", "shift-dot16", "int4-fp8", "radix4", "mxfp4",
           "nvfp4", "fp8", "int8", "bf16", "fp32")
TITLES = {
    "standard-fp32": "4-bit standard: casts + FP7, fp32 sums", "mf-bprop-fp32": "4-bit MF-BPROP, fp32 sums",
    "mf-bprop-fp16": "4-bit MF-BPROP, fp16 sums", "default": "4-bit shift, int24 sums (dual mode)",
    "shift-dot16": "4-bit shift, trees of 16, int24 sums", "int4-fp8": "INT4 x FP8, fp32 sums",
    "radix4": "radix-4 FP4, two phases, fp16 sums", "mxfp4": "MXFP4, trees of 16, fp32 sums of blocks",
    "nvfp4": "NVFP4, trees of 16, fp32 sums of blocks",
    "fp8": "FP8 (E4M3, E5M2), fp32 sums", "int8": "INT8, int32 sums", "bf16": "bf16, fp32 sums", "fp32": "fp32"}

# Multiplications of a PE in a cycle, where they are not one.
LANES = {"shift-dot16": 16, "mxfp4": 16, "nvfp4": 16}


@dataclass
class Claim:
    what: str
    published: str
    found: str
    holds: str
    text: str  # the section, with its tables


@dataclass
class Study:
    luqsim: object
    workloads: dict  # name to batch
    main: str        # of the workloads, where one must do
    figures: object  # folder, or None

    def batch(self, workload):
        return self.workloads[workload]

    def pe(self, design):
        """GE of a PE for each of its MACs a cycle."""
        pe = self.luqsim.area(design)["pe"]
        return (pe["products"] + pe["block_scales"] + pe["accumulator"]) / LANES.get(design, 1)

    def iso_area(self, workload):
        figures = ()
        if self.figures and workload == self.main:
            figures = tuple((name, f"{self.figures}/{name}.svg") for name in ("pareto", "stalls", "area", "energy"))
        return self.luqsim.iso_area(DESIGNS, workload, self.batch(workload), figures)

    def run(self, design, *settings):
        return self.luqsim.run(design, self.main, *settings, batch=self.batch(self.main))


def holds(ratio, published, tolerance=0.2):
    if abs(ratio / published - 1) <= tolerance:
        return "yes"
    return "no: more" if ratio > published else "no: less"


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))


def dram_bytes(total):
    return total["dram_read_bytes"] + total["dram_write_bytes"]


def total_energy(total):
    return sum(total["energy"].values())


def tops(study, workload, design):
    return study.iso_area(workload)[design]["tera_ops"]["value"]


def designs_table(study):
    rows = []
    for design in DESIGNS:
        area = study.luqsim.area(design)
        pe = area["pe"]
        parts = [pe[part] / LANES.get(design, 1) for part in ("products", "block_scales", "accumulator")]
        rows.append((TITLES[design], *(f"{part:.0f}" for part in parts), f"{study.pe(design):.0f}",
                     times(study.pe("fp32") / study.pe(design)), pe["depth"]))
    return table(("design", "products", "block scales", "accumulator", "GE", "for one of fp32", "depth"), rows)


def throughput_table(study):
    rows = []
    for design in DESIGNS:
        sizes = study.iso_area(study.main)[design]["design"].rpartition(" at ")[2] if design != DESIGNS[0] else "32 x 32"
        energy = study.iso_area(study.main)[design]["picojoules_per_mac"]["value"]
        rows.append((TITLES[design], sizes, *(f"{tops(study, w, design):.2f}" for w in study.workloads), f"{energy:.3g}"))
    return table(("design", "array", *study.workloads, f"pJ/MAC, {study.main}"), rows)


def full_precision(study):
    ratio = study.pe("fp32") / study.pe("default")
    against = {d: geometric_mean(tops(study, w, "default") / tops(study, w, d) for w in study.workloads)
               for d in ("fp32", "bf16")}
    text = f"""A PE of fp32 is {times(ratio)} that of the exact 4-bit PE, {times(study.pe('fp32') / study.pe('mf-bprop-fp32'))} that of
MF-BPROP with fp32 sums; a PE of bf16 is {times(study.pe('bf16') / study.pe('default'))} the exact 4-bit PE. A design is more than PEs: with equal area for
all of it (scratchpads, quantizers and random numbers included) and equal bandwidth, 4 bits do {times(against['fp32'])} what fp32 does and
{times(against['bf16'])} what bf16 does (geometric mean over the networks): the larger array waits for its quantizers and for memory, and
edges of layers fill it less."""
    return Claim("4-bit training has about 8 times the throughput of full precision", "8x",
                 f"{times(against['fp32'])} in designs of equal area, {times(ratio)} in PEs", holds(against["fp32"], 8), text)


def fp8(study):
    density = {d: study.pe("int4-fp8") / study.pe(d) for d in ("mf-bprop-fp32", "mf-bprop-fp16", "default")}
    smp2 = {}
    for design in ("mf-bprop-fp32", "default"):
        cycles = study.run(design, "quantizer.samples=2")["total"]["cycles"] / study.run(design)["total"]["cycles"]
        smp2[design] = density[design] / (4 / 3), cycles
    rows = [(TITLES[d], times(density[d]), times(density[d] / (4 / 3)) if d in smp2 else "",
             times(smp2[d][1]) if d in smp2 else "") for d in density]
    text = f"""The density of INT4 x FP8 against 4-bit PEs, and what is left when SMP takes two samples (wgrad twice: 4/3 of the
multiplications; the paper halves its 3.5). The last column is what the second sample costs a whole step of {study.main} in cycles, its quantization
included.

{table(("against", "smaller PE", "with SMP-2", "cycles of SMP-2"), rows)}

With fp32 sums in both, the accumulator is most of either PE and the ratio is near one; it takes the exact integer
accumulator to make a 4-bit PE much smaller than one of INT4 x FP8."""
    return Claim("FP8-INT4 units are 3.5 times less dense than 4-bit ones", "3.5x",
                 f"{times(density['mf-bprop-fp32'])} with fp32 sums, {times(density['default'])} against int24 sums",
                 "with int24 sums" if holds(density["default"], 3.5) == "yes" else "no", text), \
        Claim("With SMP-2, 4 bits keep an advantage of 1.75 times over FP8-INT4", "1.75x",
              f"{times(density['default'] / 2)} against int24 sums where all repeats, {times(smp2['default'][0])} where only wgrad "
              f"does; with fp32 sums {times(density['mf-bprop-fp32'] / 2)} and {times(smp2['mf-bprop-fp32'][0])}: none",
              "with int24 sums", "")


def mf_bprop(study):
    rows = []
    for name, standard, bprop in (("fp32", ("standard-fp32",), ("mf-bprop-fp32",)),
                                  ("fp16", ("standard-fp32", "array.accumulator=fp16"), ("mf-bprop-fp16",)),
                                  ("int24", ("standard-fp32", "array.accumulator=int24"),
                                   ("mf-bprop-fp32", "array.accumulator=int24"))):
        a, b = (study.luqsim.area(*d)["pe"] for d in (standard, bprop))
        whole = [sum(pe[part] for part in ("products", "block_scales", "accumulator")) for pe in (a, b)]
        rows.append((name, f"{a['products']:.0f}", f"{b['products']:.0f}", f"{whole[0]:.0f}", f"{whole[1]:.0f}",
                     percent(1 - whole[1] / whole[0])))
    blocks = {e["block"]: e["synthesised"] for e in study.luqsim.area("default")["paper_estimates"]}
    standard, bprop = blocks["casts + FP7 multiplier"], blocks["MF-BPROP"]
    ratio = standard / bprop
    text = f"""The paper's 5x is of the GEMM block without its accumulator. Here that is both casts to FP7 and the FP7 multiplier, {standard:.0f} GE
with their hierarchy kept, against the block MF-BPROP, {bprop:.0f} GE: {times(ratio)}.

A PE has more than that. GE of its products (int4 x int4 included, and what brings them to the accumulator's format) and of
whole PEs:

{table(("sums", "standard product", "MF-BPROP", "PE, standard", "PE, MF-BPROP", "saved"), rows)}

Flattened, the standard product is as small as MF-BPROP: FP4's significand is constant, and synthesis sees it
([area.md](area.md)). What MF-BPROP saves is a few percent of a PE with floating-point sums."""
    return Claim("MF-BPROP makes the product 5 times smaller", "5x (of the GEMM block without its accumulator)",
                 f"{times(ratio)} of that block; {rows[0][5]} of a PE with fp32 sums, {rows[1][5]} with fp16, "
                 f"{rows[2][5]} with int24",
                 holds(ratio, 5), text)


def statistics(study):
    rows, saved = [], []
    for workload, batch in study.workloads.items():
        exact, hindsight = (study.luqsim.run("default", workload, f"quantizer.stat={stat}", batch=batch)["total"]
                            for stat in ("exact", "hindsight"))
        moved = [dram_bytes(total) for total in (exact, hindsight)]
        saved.append(1 - moved[1] / moved[0])
        rows.append((workload, si(moved[0]) + "B", si(moved[1]) + "B", percent(saved[-1]),
                     percent(1 - hindsight["cycles"] / exact["cycles"])))
    text = f"""An exact maximum needs the whole gradient before its first element can be quantized: it is written and read back at full
precision. Hindsight quantizes as the gradient arrives. DRAM traffic and cycles of a training step on the default design; weights and activations
(SAWB) pass as before:

{table(("workload", "exact", "hindsight", "bytes saved", "cycles saved"), rows)}"""
    return Claim("Hindsight statistics save data movement", "no figure",
                 f"{percent(min(saved))} to {percent(max(saved))} of a step's DRAM bytes",
                 "yes", text)


def pow2(study):
    rows, quantizers = [], []
    for alpha in ("max", "pow2"):
        area = study.luqsim.area("default", f"quantizer.alpha={alpha}")
        quantizers.append(area["parts"]["quantizers"])
        rows.append((alpha, si(quantizers[-1]) + "GE", si(area["gates"]) + "GE"))
    text = f"""With a power of two for alpha, a quantizer lane needs no multiplier:

{table(("alpha", "quantizers", "design"), rows)}"""
    return Claim("A power of two for alpha simplifies the quantizer", "no figure",
                 f"{percent(1 - quantizers[1] / quantizers[0])} of the quantizers' gates", "yes", text)


def fine_tuning(study):
    rows, most = [], []
    for precise in ("bf16", "fp32"):
        ratio = geometric_mean(tops(study, w, "default") / tops(study, w, precise) for w in study.workloads)
        rows.append((precise, times(ratio), percent(ratio / 90), percent(3 * ratio / 90)))
        most.append(ratio / 90)
    pe_ratio = study.pe("bf16") / study.pe("default")
    text = f"""An epoch of fine-tuning in high precision, on hardware of the same area for that precision, against 90 epochs in 4 bits:

{table(("precision", "time of an epoch in 4-bit epochs", "FNT-1", "FNT-3"), rows)}

By PEs alone (bf16: {times(pe_ratio)}) it would be {percent(pe_ratio / 90)} of the training."""
    return Claim("An epoch of high-precision fine-tuning costs about 8% of the training", "8%",
                 f"{percent(most[0])} in bf16, {percent(most[1])} in fp32",
                 f"in bf16 {holds(most[0], 0.08)}, in fp32 {holds(most[1], 0.08)}",
                 text)


def samples(study):
    one = study.run("default")
    gates = study.luqsim.area("default")["gates"]
    rows = []
    for smp in ("serial", "parallel"):
        settings = ("quantizer.samples=2", f"quantizer.smp={smp}")
        two, area = study.run("default", *settings), study.luqsim.area("default", *settings)["gates"]
        rows.append((smp, percent(two["total"]["cycles"] / one["total"]["cycles"] - 1),
                     percent(two["total"]["quantize_cycles"] / one["total"]["quantize_cycles"] - 1),
                     percent(area / gates - 1)))
    text = f"""Two samples against one, for a training step of {study.main} on the default design: wgrad multiplies twice in both; in
parallel the quantizers make both samples in one pass, for twice the lanes and random numbers:

{table(("SMP", "cycles more", "quantizing more", "area more"), rows)}"""
    return Claim("SMP can be serial or parallel", "cost of power or of time",
                 f"{rows[0][1]} more cycles or {rows[1][1]} and {rows[1][3]} more area", "yes", text)


def reuse(study):
    once, stored = (study.run("default", *settings)["total"] for settings in ((), ("quantizer.reuse=2",)))
    philox, lfsr = (study.luqsim.area("default", *settings) for settings in ((), ("quantizer.rng=lfsr16",)))
    gates = philox["parts"]["random numbers"]
    more_bytes, more_energy = dram_bytes(stored) / dram_bytes(once) - 1, total_energy(stored) / total_energy(once) - 1
    # A step that reads moves as many bytes as the simulated one, which stores, and makes none.
    reading = more_energy - stored["energy"]["random numbers"] / total_energy(once)
    text = f"""Philox blocks for the random numbers are {percent(gates / philox["gates"])} of the default design's area and \
{percent(once["energy"]["random numbers"] / total_energy(once))} of a step's energy. To share
them between steps, the design stores them in DRAM and reads them back: a step then moves {percent(more_bytes)} more bytes and takes
{percent(more_energy)} more energy where it makes the numbers, {percent(reading)} where it reads them, since a 16-bit number costs less to
make than to move. An LFSR for each lane takes {si(lfsr["parts"]["random numbers"])}GE in place of {si(gates)}GE. What training \
tolerates of either
is another question: [training-results.md](training-results.md)."""
    return Claim("Sharing random numbers between steps saves their cost", "no figure",
                 f"{percent(reading)} more energy of a step that reads them: not worth it from DRAM", "no", text)


# Largest products of what quantizers emit: int4 x int4, int4 x fp4.
LARGEST = {"fprop": 7 * 7, "dgrad": 7 * 64, "wgrad": 7 * 64}


def exact_bits(k, which):
    """Width of a two's complement accumulator that holds any sum of k products."""
    return math.ceil(math.log2(k * LARGEST[which] + 1)) + 1


def accumulators(study):
    rows = []
    for workload, batch in study.workloads.items():
        macs, widest = {}, {}
        for _, which, m, n, k in study.luqsim.shapes(workload, batch):
            bits = exact_bits(k, which)
            macs[bits] = macs.get(bits, 0) + m * n * k
            widest[which] = max(widest.get(which, 0), bits)
        total = sum(macs.values())
        rows.append((workload, batch, *(widest[p] for p in ("fprop", "dgrad", "wgrad")),
                     *(percent(sum(v for b, v in macs.items() if b <= limit) / total) for limit in (16, 20, 24, 32))))
    worst = max(max(row[2:5]) for row in rows)
    text = f"""The width in bits that holds every sum of a pass, whatever the codes (int4 -7 to 7, fp4 up to 64), and the share of a step's
MACs in GEMMs that a width is exact for. wgrad sums over batch and positions, so it is the widest. uint4 activations, up to
15, need one or two bits more.

{table(("workload", "batch", "fprop", "dgrad", "wgrad", "16 bits", "20 bits", "24 bits", "32 bits"), rows)}

So 24 bits, the default design's, are exact for most of a step and not for wgrad of the first layers of an image network: its
positions are the k of that sum. These are bounds: real data cancels, and `luqsim run` counts the overflows of a trace. The layers of each network:

""" + "\n\n".join(layer_table(study, workload) for workload in study.workloads)
    return Claim("Integer accumulators can be exact", "fp32 or fp16 sums",
                 f"{worst} bits hold every sum of these networks", "more than the paper asks", text)


def layer_table(study, workload):
    """Layers with the same widths in one row, in the order of the network."""
    widths, order = {}, []
    for layer, which, m, n, k in study.luqsim.shapes(workload, study.batch(workload)):
        if layer not in widths:
            order.append(layer)
        widths.setdefault(layer, {})[which] = exact_bits(k, which)
    groups = {}
    for layer in order:
        groups.setdefault(tuple(widths[layer].get(p, "") for p in ("fprop", "dgrad", "wgrad")), []).append(layer)
    name = lambda layers: f"`{layers[0]}`" + (f" and {len(layers) - 1} more" if len(layers) > 1 else "")
    return (f"<details><summary>{workload}</summary>\n\n"
            + table(("layers", "fprop", "dgrad", "wgrad"), [(name(layers), *bits) for bits, layers in groups.items()])
            + "\n\n</details>")


def all_claims(study):
    density, smp2 = fp8(study)
    return [full_precision(study), density, smp2, mf_bprop(study), statistics(study), pow2(study), fine_tuning(study),
            samples(study), reuse(study), accumulators(study)]
