"""The study as a Markdown page."""
import textwrap

import plan
from runs import key_of
from sections import seeds_text
from tables import table


def introduction(tasks, runs):
    sets = "\n".join(f"| {t.name} | `{key_of(t.options)}` | {t.seeds} | {seeds_text(plan.shorter(t))}, {plan.shorter(t).options['epochs']} epochs |" for t in tasks)
    return f"""# Training results

What 4-bit training tolerates, measured with `luqtrain` on a CPU ([training.md](training.md) defines every option and number
here). One command trains everything and writes this page and `training.html`, the same with curves:

<!-- long: hours; the test trains tiny networks -->
<!-- shorter: reports/study/study.py --small -->
```
$ reports/study/study.py --luqtrain build/release/bin/luqtrain --out study
```

These are {runs} runs of small networks on small sets. The paper's own tables are of large networks; they are published,
not ours, and nothing here repeats or contradicts them. Means are of results as luqtrain prints them, with two or three
digits.

| task | luqtrain | seeds | accumulators and random bits |
| --- | --- | ---: | --- |
{sets}
"""


def section(s):
    commands = "\n".join("$ " + line for line in s.commands)
    sentence = textwrap.fill(s.sentence, 120, break_long_words=False, break_on_hyphens=False)
    mark = "<!-- shorter: luqtrain --epochs 1 --steps-per-epoch 1 --seeds 1 -->\n" if "luqtrain" in commands else ""
    block = f"{mark}```\n{commands}\n```\n"
    return f"## {s.title}\n\n{sentence}\n\n{table(s.header, s.rows, s.text_columns)}\n\n{block}"


def document(tasks, sections, runs):
    return "\n".join([introduction(tasks, runs), *map(section, sections)])
