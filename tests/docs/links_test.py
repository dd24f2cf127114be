"""links_test.py SOURCE: relative links of the pages lead to files, the files that CONTRIBUTING.md names are there, and
so are the tests that docs/numerics.md names: Suite.Name in backticks, or Name after another one of that suite."""
import pathlib
import re
import sys


def broken(source):
    pages = [*source.glob("*.md"), *source.glob("docs/*.md")]
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
        targets = [(page.parent, link.split("#")[0]) for link in re.findall(r"\]\(([^)#:]+[^):]*)\)", text)]
        if page.name == "CONTRIBUTING.md":
            targets += [(source, path) for path in re.findall(r"`((?:\w[\w./-]*/)[\w.-]*)`", text) if "NAME" not in path
                        and not path.startswith("build/")]
        for folder, target in targets:
            if not (folder / target).exists():
                yield f"{page.relative_to(source)}: {target}"


def defined_tests(source):
    for file in (source / "tests").rglob("*.cpp"):
        yield from re.findall(r"\b(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+),\s*(\w+)", file.read_text())


def named_tests(page):
    for line in page.read_text().splitlines():
        suite = None
        for name in re.findall(r"`((?:[A-Z]\w+\.)?[A-Z][A-Za-z0-9]+)`", line):
            suite, name = name.split(".") if "." in name else (suite, name)
            if suite:
                yield suite, name


def absent_tests(source):
    page, defined = source / "docs" / "numerics.md", set(defined_tests(source))
    named = list(named_tests(page))
    if not named:
        yield f"{page.relative_to(source)}: names no test"
    for test in named:
        if test not in defined:
            yield f"{page.relative_to(source)}: {'.'.join(test)}"


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    found = [*broken(root), *absent_tests(root)]
    print("\n".join(found))
    sys.exit(1 if found else 0)
