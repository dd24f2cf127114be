"""The study as one page that opens offline: the tables, and curves drawn by Vega-Lite."""
import html
import json
import pathlib
import statistics

import plan
from measures import metric, probe_mean

HERE = pathlib.Path(__file__).resolve().parent
ASSETS = {"css": "page.css", "vega": "vendor/vega.min.js", "vega_lite": "vendor/vega-lite.min.js",
          "vega_embed": "vendor/vega-embed.min.js", "charts": "charts.js", "js": "page.js"}
DASHES = [[1, 0], [6, 3], [2, 2]]
REFERENCES = ["local", "network"]


def spread(values):
    middle = statistics.fmean(values)
    deviation = statistics.stdev(values) if len(values) > 1 else 0
    return {"mean": middle, "low": middle - deviation, "high": middle + deviation}


def curve(results, task, variant):
    """Held-out results by epoch over the seeds that did not diverge."""
    runs = [results[plan.options_of(task, variant, seed)] for seed in range(1, task.seeds + 1)]
    epochs = zip(*(run["epochs"] for run in runs if "epochs" in run))
    return [{"run": variant.label, "epoch": i + 1, **spread([metric(task, e) for e in of_epoch])}
            for i, of_epoch in enumerate(epochs)]


def along_the_run(results, task, variant):
    """Means over layers of dW's closeness to fp32, by step and reference."""
    rows = [r for r in results[plan.options_of(task, variant, 1)].get("probe", []) if r["gradient"] == "dW"]
    groups = {}
    for row in rows:
        groups.setdefault((row["step"], row["reference"]), []).append(row)
    return [{"run": variant.label, "step": step, "reference": reference,
             **{name: probe_mean(group, name) for name in ("cosine", "slope", "bias")}}
            for (step, reference), group in groups.items()]


def color(labels):
    """Colours repeat after eight; dashes tell the others apart."""
    dashes = [DASHES[i // 8] for i in range(len(labels))]
    return {
        "color": {"field": "run", "type": "nominal", "title": None, "sort": labels,
                  "scale": {"domain": labels, "range": "@design_colors"}, "legend": {"orient": "top", "columns": 7, "symbolOpacity": 1}},
        "strokeDash": {"field": "run", "type": "nominal", "title": None, "sort": labels,
                       "scale": {"domain": labels, "range": dashes}},
    }


def quantitative(field, title, zero=False, **rest):
    return {"field": field, "type": "quantitative", "title": title, "scale": {"zero": zero, "nice": True}, **rest}


# A click on the legend fades the other runs.
CHOICE = {"name": "chosen", "select": {"type": "point", "fields": ["run"]}, "bind": "legend"}


def faded(shown, hidden):
    return {"condition": {"param": "chosen", "value": shown}, "value": hidden}


def curve_spec(dataset, title, labels):
    x = quantitative("epoch", "epoch", axis={"tickMinStep": 1})
    colors = color(labels)
    band = {"mark": "area", "encoding": {"x": x, "y": quantitative("low", title), "y2": {"field": "high"},
                                         "color": colors["color"], "opacity": faded(0.05, 0)}}
    line = {"mark": {"type": "line", "strokeWidth": 2}, "params": [CHOICE],
            "encoding": {"x": x, "y": quantitative("mean", title), **colors, "opacity": faded(1, 0.08),
                         "tooltip": [{"field": "run"}, {"field": "epoch"}, {"field": "mean", "format": ".4"},
                                     {"field": "low", "format": ".4"}, {"field": "high", "format": ".4"}]}}
    return {"data": {"name": dataset}, "width": "container", "height": 360, "layer": [band, line]}


def final_spec(dataset, title, labels):
    y = {"field": "run", "type": "nominal", "sort": labels, "title": None}
    rule = {"mark": {"type": "rule", "strokeWidth": 2, "color": "@muted"},
            "encoding": {"x": quantitative("low", title), "x2": {"field": "high"}, "y": y}}
    point = {"mark": {"type": "point", "filled": True, "size": 80, "color": "@accent"},
             "encoding": {"x": quantitative("mean", title), "y": y,
                          "tooltip": [{"field": "run"}, {"field": "mean", "format": ".4"}]}}
    return {"data": {"name": dataset}, "width": "container", "height": 22 * len(labels), "layer": [rule, point]}


def probe_spec(dataset, name, reference, labels):
    return {"data": {"name": dataset}, "width": "container", "height": 260, "params": [CHOICE],
            "transform": [{"filter": f"datum.reference == '{reference}'"}],
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"x": quantitative("step", "step"), "y": quantitative(name, f"{name} of dW"),
                         **color(labels), "opacity": faded(1, 0.08),
                         "tooltip": [{"field": "run"}, {"field": "step"}, {"field": name, "format": ".4"}]}}


class Charts:
    """Charts and their data by name, and the figures that show them."""

    def __init__(self):
        self.specs, self.datasets, self.figures = {}, {}, []

    def data(self, name, rows):
        self.datasets[name] = [{k: v for k, v in row.items() if v == v} for row in rows]

    def add(self, name, heading, sentence, spec, half=False):
        schema = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "description": heading}
        self.specs[name] = {**schema, **spec}
        width = ' class="half"' if half else ""
        self.figures.append(
            f'<section{width}><h2>{html.escape(heading)}</h2><p class="note">{html.escape(sentence)}</p>'
            f'<figure data-spec="{name}"><div class="chart"></div>'
            '<button class="save" type="button">Save as SVG</button></figure></section>')


def add_task(charts, results, number, task):
    variants = plan.scheme_variants(task)
    labels = [v.label for v in variants]
    curves = [row for v in variants for row in curve(results, task, v)]
    last = {row["run"]: row for row in curves}
    charts.data(f"curves{number}", curves)
    charts.data(f"final{number}", [last[label] for label in labels if label in last])
    charts.data(f"probes{number}", [r for v in plan.probe_variants(task) for r in along_the_run(results, task, v)])
    count = f"mean and sample standard deviation of {task.seeds} seeds"
    charts.add(f"curves{number}", f"{task.name}: {task.unit}, held out", f"Lines and bands: {count}. A click on the legend "
               "shows one run alone.", curve_spec(f"curves{number}", task.unit, labels))
    charts.add(f"final{number}", f"{task.name}: after the last epoch", f"Points and lines: {count}.",
               final_spec(f"final{number}", task.unit, labels), half=True)
    for name, reference in (("cosine", "local"), ("cosine", "network"), ("slope", "network"), ("bias", "network")):
        charts.add(f"{name}{reference}{number}", f"{task.name}: {name} of dW, {reference}", "Against an fp32 backward pass from "
                   + ("the same incoming gradient" if reference == "local" else "the loss") + ", mean over layers, one run.",
                   probe_spec(f"probes{number}", name, reference, plan.GRADIENT_SCHEMES), half=True)


def table_section(section):
    def cell(tag, i, text):
        number = "" if i in section.text_columns else ' class="number"'
        return f"<{tag}{number}>{html.escape(text)}</{tag}>"

    head = "".join(cell("th", i, text) for i, text in enumerate(section.header))
    body = "".join("<tr>" + "".join(cell("td", i, text) for i, text in enumerate(row)) + "</tr>" for row in section.rows)
    commands = html.escape("\n".join("$ " + line for line in section.commands))
    return (f'<section><h2>{html.escape(section.title)}</h2><p class="note">{html.escape(section.sentence)}</p>'
            f'<div class="scroll whole"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
            f"<details><summary>Commands</summary><pre>{commands}</pre></details></section>")


def document(results, tasks, sections, runs):
    charts = Charts()
    for number, task in enumerate(tasks):
        add_task(charts, results, number, task)
    # `designs` have a colour each: here they are runs.
    data = {"designs": [v.label for v in plan.scheme_variants(tasks[0])], "passes": [], "activities": [],
            "specs": charts.specs, "datasets": charts.datasets}
    parts = {name: (HERE.parent / "html" / file).read_text() for name, file in ASSETS.items()}
    parts["title"] = parts["heading"] = "What 4-bit training tolerates"
    parts["navigation"] = ""
    parts["footer"] = "Made by reports/study/study.py; docs/training.md defines every option and number."
    parts["facts"] = html.escape(f"{', '.join(t.name for t in tasks)}; {runs} runs")
    parts["sections"] = "\n".join(charts.figures + [table_section(s) for s in sections])
    parts["data"] = json.dumps(data, allow_nan=False).replace("</", "<\\/")
    pieces = (HERE.parent / "html" / "page.html").read_text().split("{{")
    return pieces[0] + "".join(parts[name] + rest for name, rest in (p.split("}}", 1) for p in pieces[1:]))
