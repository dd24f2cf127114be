"""links_test.py SOURCE: relative links of all pages lead to files, and to headings in them that are there; so do the files
that CONTRIBUTING.md names. The tests that docs/numerics.md names are there: Suite.Name in backticks, or Name after another
one of that suite."""
import pathlib
import re
import sys
from collections import Counter


def prose(page):
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)


def anchors(page):
    """Of a page's headings, as GitHub makes them: letters, digits, - and _ in small letters, a - for each space; the second
    of the same name ends in -1."""
    seen, found = Counter(), set()
    for heading in re.findall(r"^#{1,6} +(.*?)[ #]*$", prose(page), re.M):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def is_broken(page, link):
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    if not target.exists():
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in anchors(target)


def pages_of(source):
    """The pages at the top and in docs, and every folder's README."""
    folders = [folder for folder in source.iterdir() if folder.is_dir() and folder.name != "build" and folder.name[0] != "."]
    readmes = [page for folder in folders for page in folder.rglob("README.md")]
    return [*source.glob("*.md"), *source.glob("docs/*.md"), *readmes]


def broken(source):
    for page in pages_of(source):
        for link in re.findall(r"\]\(([^):\s]+)\)", prose(page)):
            if is_broken(page, link):
                yield f"{page.relative_to(source)}: {link}"
    for path in re.findall(r"`((?:\w[\w./-]*/)[\w.-]*)`", prose(source / "CONTRIBUTING.md")):
        if "NAME" not in path and not path.startswith("build/") and not (source / path).exists():
            yield f"CONTRIBUTING.md: {path}"


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
