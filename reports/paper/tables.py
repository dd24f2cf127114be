"""Markdown tables, and numbers as people read them."""


def table(header, rows):
    """Columns of numbers to the right."""
    numbers = [all(str(row[i])[:1].isdigit() or row[i] == "" for row in rows) for i in range(len(header))]
    lines = ["| " + " | ".join(header) + " |", "|" + "".join(" ---: |" if right else " --- |" for right in numbers)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def times(value):
    return f"{value:.2f}x" if value < 10 else f"{value:.1f}x"


def percent(value):
    return f"{100 * value:.1f}%"


def si(value):
    for factor, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:.3g} {prefix}"
    return f"{value:.3g}"
