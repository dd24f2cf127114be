"""docs/python.md's example prints what it says; docstrings, stubs and the module agree."""

import ast
import contextlib
import inspect
import io
import pathlib
import re

import luqsim

PACKAGE = pathlib.Path(luqsim.__file__).parent
DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "python.md"


def test_the_example():
    text = DOCUMENT.read_text()
    program = re.search(r"```python\n(.*?)```", text, re.S).group(1)
    shown = re.search(r"\$ [^\n]*python3 example.py\n(.*?)```", text, re.S).group(1)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, str(DOCUMENT), "exec"), {})
    assert printed.getvalue() == shown


def stub():
    return ast.parse((PACKAGE / "__init__.pyi").read_text())


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_stub_has_every_name():
    names = {n.name for n in stub().body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name[0] != "_"}
    assert names == set(luqsim.__all__) - {"__version__"}


def arguments(function):
    """Names and defaults as text, '*' where keywords begin."""
    a = function.args
    positional = [(x.arg, d) for x, d in zip(a.args, [None] * (len(a.args) - len(a.defaults)) + a.defaults)]
    keywords = [(x.arg, d) for x, d in zip(a.kwonlyargs, a.kw_defaults)]
    return positional + ([("*", None)] if keywords else []) + keywords


def rendered(function):
    parts = [name if default is None else f"{name}={ast.unparse(default)}" for name, default in arguments(function)]
    return f"{function.name}({', '.join(parts)})"


def test_stub_and_docstrings_have_the_same_signatures():
    functions = [n for n in stub().body if isinstance(n, ast.FunctionDef)]
    for function in functions:
        line = getattr(luqsim, function.name).__doc__.splitlines()[0]
        if function.name == "gemm" and function.args.kw_defaults[-1] is None:
            continue  # the overload with a scale
        assert line.split(" -> ")[0] == rendered(function)


def test_stub_and_classes_have_the_same_properties():
    for node in stub().body:
        if isinstance(node, ast.ClassDef) and node.name[0] != "_" and node.name != "NonFiniteError":
            cls = getattr(luqsim, node.name)
            seen = {n for n, v in inspect.getmembers(cls) if isinstance(v, property)}
            assert seen == {f.name for f in node.body if isinstance(f, ast.FunctionDef) and f.name != "__init__"}


def test_everything_is_documented():
    for name in luqsim.__all__:
        value = getattr(luqsim, name)
        if name != "__version__":
            assert value.__doc__, name
            assert value.__module__ == "luqsim"
        if inspect.isclass(value):
            for member, property_ in inspect.getmembers(value, lambda v: isinstance(v, property)):
                assert property_.__doc__, f"{name}.{member}"


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", luqsim.__version__)
