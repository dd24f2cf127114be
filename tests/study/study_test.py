"""study_test.py LUQTRAIN SOURCE_DIR: the small study runs, is complete, and goes on where it was interrupted."""
import dataclasses
import html.parser
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

luqtrain, source = sys.argv[1], pathlib.Path(sys.argv[2])
sys.path += [str(source / "reports" / "study"), str(source / "tests" / "reports")]
import measures  # noqa: E402
import plan  # noqa: E402
from browser import Browser  # noqa: E402
from page import document  # noqa: E402
from runs import key_of  # noqa: E402
from sections import Section  # noqa: E402

chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def study(out, *arguments):
    command = [sys.executable, source / "reports" / "study" / "study.py", "--luqtrain", luqtrain, "--out", out, "--small"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=250)


def tables_of(markdown):
    """Tables as lists of rows of cells, the header first."""
    tables, rows = [], []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif rows:
            tables.append([rows[0], *rows[2:]])
            rows = []
    return tables


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.figures, self.data, self.in_data = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "figure":
            self.figures.append(attributes["data-spec"])
        self.in_data = attributes.get("id") == "data"

    def handle_data(self, text):
        if self.in_data:
            self.data += text

    def handle_endtag(self, _):
        self.in_data = False


class SmallStudy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.folder.name) / "study"
        done = study(cls.out)
        assert done.returncode == 0, done.stderr
        cls.runs = json.loads((cls.out / "results.json").read_text())["runs"]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def markdown(self):
        return (self.out / "training-results.md").read_text()

    def test_every_run_is_there(self):
        wanted = {key_of(options) for task in plan.SMALL for options in plan.all_runs(task)}
        self.assertEqual(set(self.runs), wanted)
        for key, run in self.runs.items():
            epochs = int(key.split("--epochs ")[-1].split()[0])
            fine_tuning = int(key.split("--fnt-epochs ")[-1].split()[0]) if "--fnt-epochs" in key else 0
            self.assertEqual(len(run["epochs"]), epochs + fine_tuning, key)
            self.assertRegex(run["crc"], "^[0-9a-f]{8}$")
            self.assertEqual("bits" in run["epochs"][-1], "char-gpt" in key)
            self.assertEqual("probe" in run, "--probe-every" in key)

    def test_probes_change_no_weight(self):
        for task in plan.SMALL:
            for variant in plan.probe_variants(task):
                options = plan.options_of(task, variant, 1)
                plain = {k: v for k, v in options.items() if k != "probe-every"}
                self.assertEqual(self.runs[key_of(options)]["crc"], self.runs[key_of(plain)]["crc"], variant.label)
                self.assertTrue(self.runs[key_of(options)]["probe"])

    def test_wide_accumulators_change_no_weight(self):
        for task in plan.SMALL:
            for variant in plan.accumulator_variants():
                crc = [self.runs[key_of(plan.options_of(task, v, 1))]["crc"] for v in (variant, plan.EXACT)]
                if variant.label in ("int24", "int32", "fp32"):
                    self.assertEqual(crc[0], crc[1], variant.label)
                if variant.label == "bf16":
                    self.assertNotEqual(crc[0], crc[1], variant.label)

    def test_tables_are_complete(self):
        tables = tables_of(self.markdown())
        self.assertEqual(len(tables), 1 + 6 + len(plan.SMALL))
        for rows in tables:
            for row in rows:
                self.assertEqual(len(row), len(rows[0]), row)
                self.assertTrue(all(row), row)
        self.assertEqual([row[0] for row in tables[1][1:]], plan.SCHEMES)
        self.assertEqual([row[0] for row in tables[4][1:]], ["exact", *plan.ACCUMULATORS])
        self.assertNotIn("nan", self.markdown())

    def test_page_is_whole(self):
        text = (self.out / "training.html").read_text()
        page = Page(text)
        self.assertTrue(all(link.startswith(("#", "data:")) for link in page.links), page.links)
        data = json.loads(page.data)
        self.assertEqual(list(data["specs"]), page.figures)
        self.assertEqual(len(page.figures), 6 * len(plan.SMALL))
        self.assertTrue(all(data["datasets"].values()))
        for name in ("css", "facts", "sections", "data", "vega", "charts", "js"):
            self.assertNotIn("{{" + name + "}}", text)

    @unittest.skipIf(chromium is None, "no chromium; Debian's package has that name")
    def test_page_draws(self):
        with Browser(chromium) as browser:
            browser.call("Page.navigate", url=(self.out / "training.html").as_uri())
            browser.wait_for("document.body && document.body.dataset.drawn")
            paths = browser.evaluate("""[...document.querySelectorAll(".chart")].map(
                (chart) => chart.querySelectorAll("svg path").length)""")
            self.assertEqual(len(paths), 6 * len(plan.SMALL))
            self.assertTrue(all(count > 5 for count in paths), paths)
            self.assertEqual(browser.complaints, [])
            self.assertEqual(len(browser.requests), 1)

    def test_an_interrupted_study_goes_on(self):
        lost = list(self.runs)[3:5]
        kept = {key: run for key, run in self.runs.items() if key not in lost}
        before = self.markdown()
        (self.out / "results.json").write_text(json.dumps({"runs": kept}))
        done = study(self.out)
        self.assertEqual([line.split(" ", 1)[1] for line in done.stderr.splitlines()], lost)
        again = json.loads((self.out / "results.json").read_text())["runs"]
        self.assertEqual({key: run["crc"] for key, run in again.items()},
                         {key: run["crc"] for key, run in self.runs.items()})
        self.assertEqual(self.markdown(), before)

    def test_refusals(self):
        self.assertEqual(study(self.out, "--images", "x").returncode, 2)
        missing = study(self.out, "--text", "none.txt")
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("none.txt: no such file", missing.stderr)


class Diverged:
    """Results of runs none of which came to an end."""

    def __getitem__(self, options):
        return {}


class Names(unittest.TestCase):
    def test_are_text_in_the_page(self):
        name = 'a<&"b'
        task = dataclasses.replace(plan.SMALL[0], name=name)
        section = Section(name, name, [name], [[name]], [name])
        text = document(Diverged(), [task], [section], 1)
        self.assertEqual(text.count(name), 0)
        # The facts, a heading a chart, and the section's title, sentence, header, cell and command.
        self.assertEqual(text.count(html.escape(name)), 1 + len(Page(text).figures) + 5)


class Measures(unittest.TestCase):
    def test_significance(self):
        self.assertTrue(measures.is_significant([1.0, 1.1, 0.9, 1.0, 1.05]))
        self.assertFalse(measures.is_significant([1.0, -1.1, 0.9, -1.0, 1.05]))
        self.assertFalse(measures.is_significant([1.0]))
        self.assertFalse(measures.is_significant([1.0, 1.4]))

    def test_diverged_runs_have_no_pair(self):
        self.assertEqual(measures.paired_differences([1, None, 3], [0, 1, 1]), [1, 2])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
