"""Rows of the table, and the files and the README page that it is written to."""

import json
import pathlib
import re
from typing import NamedTuple

from ganlib import files

ROOT = pathlib.Path(__file__).parents[2]
README = ROOT / "README.md"
RESULTS = ROOT / "outputs" / "bench.json"
SHOWN = pathlib.Path(__file__).with_name("results.json")  # what the README's tables are made of
QUIET = 0.1  # share of the machine in the hands of others up to which the clock is trusted
BY_CPU_TIME = ("race",)  # parts whose figures others disturb little
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        case: what was measured.
        measured: the figure with its unit and spread, as text.
        ratio: the figure that the goal is about, or None.
        goal: ("<=" or ">=", number), or None.
        lower_bound: True where the ratio is only known to be larger than `ratio`.
    """

    case: str
    measured: str
    ratio: float | None = None
    goal: tuple | None = None
    lower_bound: bool = False

    def met(self):
        """Return whether the goal is met; None where there is none or it is not settled."""
        if self.goal is None or self.ratio is None:
            return None
        sign, number = self.goal
        within = self.ratio <= number if sign == "<=" else self.ratio >= number
        if self.lower_bound and not (within and sign == ">="):
            return None if sign == ">=" else False
        return within


def markdown(rows, settled=True):
    """Return the rows as a table in Markdown; unless settled, no goal counts as met or missed."""
    lines = ["| measured | result | ratio | goal | met |", "|---|---|---|---|---|"]
    words = {True: "yes", False: "no", None: "open"}
    for row in rows:
        ratio = "" if row.ratio is None else f"{'> ' * row.lower_bound}{row.ratio:.3g}"
        sign, number = row.goal or ("", "")
        goal = f"{ {'<=': '≤', '>=': '≥', '': ''}[sign] } {number}".strip()
        met = words[row.met() if settled else None] if row.goal else ""
        lines.append(f"| {row.case} | {row.measured} | {ratio} | {goal} | {met} |")
    return "\n".join(lines)


def load(path=RESULTS):
    """Return {part: {case: record}} of what was measured so far."""
    return json.loads(path.read_text()) if path.exists() else {}


def add(part, case, record, path=RESULTS):
    """Put the record of a case in place of an earlier one of the same name."""
    results = load(path)
    results.setdefault(part, {})[case] = record
    path.parent.mkdir(exist_ok=True)
    files.write(path, json.dumps(results, indent=1))


def put_between_markers(text, page):
    """Return a page with what lies between its two markers replaced by the text.

    Raises:
        ValueError: the page does not have each marker once, in order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"Expected a page with {BEGIN} and then {END}. Received: {page[:80]!r}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def table(parts, results, folded=False):
    """Return a table for each part that has results, under its module's first line.

    Folded, a page shows that line alone until a reader opens it.
    """
    pages = []
    for name, module in parts.items():
        records = results.get(name)
        if records:
            settled = name in BY_CPU_TIME or disturbance(records) <= QUIET
            page = [markdown(module.rows(records), settled), measured_on(records)]
            if hasattr(module, "CAPTION"):
                page.append(f"![{module.CAPTION}](tests/benchmarks/{name}.png)")
            title = module.__doc__.splitlines()[0]
            if folded:
                title = re.sub("`(.*?)`", r"<code>\1</code>", title)
                head = f"<details><summary><b>{name}</b>: {title}</summary>"
                pages += [head, *page, "</details>"]
            else:
                pages += [f"**{name}.** {title}", *page]
    return "\n\n".join(pages)


def disturbance(records):
    """Return the largest share of the machine that other processes took during a case."""
    return max(record["others"] for record in records.values())


def measured_on(records):
    """Return a sentence on where and when, and on how far other processes disturbed it."""
    days = {}
    for record in records.values():
        days.setdefault(record["machine"], set()).add(record["date"])
    parts = [f"{machine} ({', '.join(sorted(days[machine]))})" for machine in sorted(days)]
    parts += sorted({record["library"] for record in records.values() if "library" in record})
    parts.append(f"other processes took up to {100 * disturbance(records):.0f} % of it.")
    quick = "A quick run with few rounds. " * any(record["quick"] for record in records.values())
    return quick + "; ".join(parts)
