"""links_test.py SOURCE: relative links of the pages lead to files, and the files that CONTRIBUTING.md names are there."""
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


if __name__ == "__main__":
    found = list(broken(pathlib.Path(sys.argv[1])))
    print("\n".join(found))
    sys.exit(1 if found else 0)
