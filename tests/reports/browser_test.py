"""browser_test.py LUQSIM SOURCE_DIR: the page as a reader has it, in a headless Chromium, opened from disk."""
import os
import shutil
import subprocess
import sys
import tempfile

from browser import Browser
from skip import skip

program, source = sys.argv[1:3]
chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if chromium is None:
    skip("no chromium; Debian's package has that name")

hostile = "</script><img src=x onerror=alert(1)>"
failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print("FAILED: " + what)


def run(folder, *arguments):
    result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
    if result.returncode not in (0, 1):
        sys.exit(" ".join(arguments) + ": " + result.stderr)


def check_charts(browser, expected, what):
    browser.wait_for("document.body.dataset.drawn")
    charts = browser.evaluate("""[...document.querySelectorAll(".chart")].map(
        (chart) => [chart.parentElement.dataset.spec, chart.querySelectorAll("svg path").length])""")
    check([name for name, _ in charts] == expected, what + ": charts " + str(charts))
    check(all(paths > 5 for _, paths in charts), what + ": empty charts " + str(charts))
    check(browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), what + ": wider than the window")
    # Nothing of a chart is cut off or outside its box.
    check(browser.evaluate("""[...document.querySelectorAll(".chart")].every(
        (chart) => chart.scrollWidth <= chart.clientWidth + 1)"""), what + ": a chart is wider than its place")


def check_many_designs(browser):
    browser.wait_for("document.body.dataset.drawn")
    colours = browser.evaluate("""[...document.querySelectorAll("#verdict .swatch")].map(
        (swatch) => getComputedStyle(swatch).backgroundColor)""")
    check(len(colours) == 13 and len(set(colours)) == 13, "colours of 13 designs: " + str(colours))
    lines = browser.evaluate("""[...document.querySelectorAll("#settings tbody th")].map((key) => {
        const range = document.createRange();
        range.selectNodeContents(key);
        return range.getClientRects().length; })""")
    check(lines and all(count == 1 for count in lines), "keys of designs are broken: " + str(lines))
    # Fields of a legend lie in the drawing, whatever the window.
    check(browser.evaluate("""[...document.querySelectorAll(".chart svg")].every((svg) => {
        const box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll(".role-legend-label text")].every((text) => {
            const { left, right } = text.getBoundingClientRect();
            return left >= box.left - 1 && right <= box.right + 1; }); })"""), "a legend is cut off")


def check_table(browser):
    cells = """[...document.querySelectorAll("#records tbody tr")].filter((row) => !row.hidden).map(
        (row) => row.cells[%d].textContent)"""
    titles = browser.evaluate("""[...document.querySelectorAll("#records thead button")].map((b) => b.textContent)""")
    column = titles.index("Cycles")
    numbers = lambda: [int(text.replace(",", "")) for text in browser.evaluate(cells % column)]
    before = numbers()
    # By the keyboard: a header is a button, reached by its focus.
    browser.evaluate("document.querySelectorAll('#records thead button')[%d].focus()" % column)
    browser.key("Enter", 13, "\r")
    check(numbers() == sorted(before) and before != sorted(before), "the table is not sorted by cycles")
    browser.key("Enter", 13, "\r")
    check(numbers() == sorted(before, reverse=True), "the table is not sorted by cycles, the most first")
    check(browser.evaluate("document.querySelector('#records th[aria-sort]').getAttribute('aria-sort')") == "descending",
          "aria-sort")
    browser.evaluate("document.querySelectorAll('#records thead button')[%d].click()" % titles.index("Pass"))
    passes = browser.evaluate(cells % titles.index("Pass"))
    check(passes == sorted(passes), "the table is not sorted by pass")

    browser.evaluate("document.querySelector('#filters input').focus()")
    browser.call("Input.insertText", text="dgrad fc3")
    shown = browser.evaluate(cells % titles.index("Record"))
    check(shown and all("fc3.dgrad" in name for name in shown), "the filter shows " + str(shown))
    count = browser.evaluate("document.querySelector('#filters output').value")
    check(count.startswith(str(len(shown)) + " of "), "the count of rows: " + count)
    browser.evaluate("""(() => { const select = document.querySelector("#filters select[name=design]"); select.value = "1";
        select.dispatchEvent(new Event("input", {bubbles: true})); })()""")
    designs = browser.evaluate(cells % 0)
    check(designs and all(name.startswith("2 ") for name in designs), "the filter by design shows " + str(designs))


def check_saving(browser):
    # The link is not followed: where downloads go is the browser's affair.
    browser.evaluate("""window.saved = []; HTMLAnchorElement.prototype.click = function () {
        saved.push([this.download, this.href]); };
        URL.createObjectURL = (blob) => { window.blob = blob; return "blob:x"; };
        document.querySelector("figure .save").click();""")
    browser.wait_for("window.saved.length === 1")
    check(browser.evaluate("saved[0][0]") == "luqsim-pareto.svg", "the name of the saved chart")
    check(browser.evaluate("blob.text()").startswith("<svg"), "the saved chart")


def screenshots_to(folder, browser, name):
    if folder:
        browser.screenshot(os.path.join(folder, name + ".png"))


every = ["pareto", "stalls", "roofline", "area", "energy", "ulps", "codes", "zeros"]
keep = os.environ.get("LUQSIM_SCREENSHOTS", "")
with tempfile.TemporaryDirectory() as folder, Browser(chromium) as browser:
    run(folder, "compare", "-o", "compare")
    with open(os.path.join(folder, "hostile.yaml"), "w") as file:
        file.write("extends: %s/configs/arch/default.yaml\nname: \"%s\"\n" % (source, hostile))
    with open(os.path.join(folder, "hostile.csv"), "w") as file:
        file.write("Layer, M, N, K,\n%s, 40, 50, 60,\n" % hostile)
    run(folder, "compare", "hostile.yaml", "default", "--trace", "hostile.csv", "-o", "hostile")
    run(folder, "run", "-o", "run")

    for theme in ("light", "dark"):
        for width in (1280, 1000, 1600):
            browser.size(width)
            browser.theme(theme)
            browser.open(os.path.join(folder, "compare", "index.html"))
            check_charts(browser, every, "compare, %s, %d" % (theme, width))
            screenshots_to(keep, browser, "compare-%s-%d" % (theme, width))
    check(browser.evaluate("document.body.dataset.drawn") == "dark", "the theme of the charts")
    check_table(browser)
    check_saving(browser)

    for theme in ("light", "dark"):
        for width in (1400, 500):
            browser.size(width)
            browser.theme(theme)
            browser.open(os.path.join(folder, "compare", "index.html"))
            check_many_designs(browser)
            screenshots_to(keep, browser, "many-%s-%d" % (theme, width))

    browser.size(1280)
    browser.open(os.path.join(folder, "run", "index.html"))
    check_charts(browser, [name for name in every if name not in ("pareto", "ulps")], "run")
    screenshots_to(keep, browser, "run-dark-1280")

    browser.open(os.path.join(folder, "hostile", "index.html"))
    check_charts(browser, [name for name in every if name not in ("ulps", "codes", "zeros")], "hostile names")
    check(browser.evaluate("document.querySelectorAll('img').length") == 0, "a name became an element")
    check(browser.evaluate("document.querySelector('#records tbody td:nth-child(3)').textContent") == hostile,
          "a name is shown as something else")

    check(browser.complaints == [], "the page complains: " + "\n".join(browser.complaints))
    asked = [url for url in browser.requests if not url.startswith("file://" + folder) and not url.startswith("data:")]
    check(asked == [], "the page asks for " + str(asked))
    check(all(url.endswith("/index.html") for url in browser.requests if url.startswith("file:")), "another file is read")

sys.exit(1 if failures else 0)
