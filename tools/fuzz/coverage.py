"""Which lines of the parsers the kept inputs reach; `tools/fuzz/run --coverage` calls this.

    coverage.py ROOT LINES     LINES: what llvm-cov exports as lcov
"""

import pathlib
import re
import subprocess
import sys

LEAST = 0.95

# The end of a closure's mangled name, and what stands before a function's own name.
CLOSURE = re.compile(r"f[uU]\d*_(?!\d)")
SHORT = re.compile(r"^.*[ .](?=[^ .]+$)")

# What reads bytes that others sent, by target. The readers of the text twin of images are not here:
# a server never sees one.
PARSERS = {
    "header": ["Link/Wire/" + name for name in (
        "JSONReader", "JSONObject+Fields", "Message", "Message+Refusal", "Request", "Command",
        "Command+Reading", "HelloCoding")],
    "payload": ["Link/Wire/" + name for name in (
        "ExperimentCoding", "LearningCoding", "WeightCoding", "ImageCoding", "WireArray")],
    "image": ["ChipInterface/ImageFormat/" + name for name in (
        "ImageContainer", "ImageSectionReader", "ChipImage+Decoding", "ChipImage+Parts",
        "ChipImage+Maps", "ChipImage+Weights", "ChipImage+Learning", "PackedWeights",
        "DigitalCore+Coding", "DigitalCore+Fields", "LearningProgram+Fields", "NamedField")],
    "state": ["ChipInterface/State/" + name for name in (
        "ChipState+Coding", "ChipState+Validation", "ChipState+Image")],
    "journal": ["Link/Server/Journal/" + name for name in (
        "JournalCheck", "JournalReader", "JournalSchema", "Row+Fields", "RowSum")],
    "keys": ["Link/Server/Access/" + name for name in ("KeyText", "KeyFile")],
}


class Source:
    """A file's lines and functions, and how often each was reached."""

    def __init__(self) -> None:
        self.lines: dict[int, int] = {}
        self._starts: dict[str, int] = {}
        self._calls: dict[str, int] = {}

    def take(self, kind: str, rest: str) -> None:
        """Takes a record of the lcov form."""
        first, _, second = rest.partition(",")
        if kind == "DA":
            number, count = int(first), int(second.split(",")[0])
            self.lines[number] = max(self.lines.get(number, 0), count)
        elif kind == "FN" and not CLOSURE.search(second):
            self._starts[second] = int(first)
        elif kind == "FNDA" and second in self._starts:
            self._calls[second] = self._calls.get(second, 0) + int(first)

    def passed_over(self) -> tuple[list[str], set[int]]:
        """Functions that no input comes to, and their lines: what writes, or is for others."""
        starts = sorted((line, name) for name, line in self._starts.items())
        names: list[str] = []
        lines: set[int] = set()
        for (line, name), (end, _) in zip(starts, starts[1:] + [(1 << 30, "")]):
            if not any(self._calls.get(other) for start, other in starts if start == line):
                names.append(name)
                lines.update(number for number in self.lines if line <= number < end)
        return names, lines


def sources(path: str) -> dict[str, Source]:
    """What llvm-cov says, by file."""
    files: dict[str, Source] = {}
    source = Source()
    for text in pathlib.Path(path).read_text().splitlines():
        kind, _, rest = text.partition(":")
        if kind == "SF":
            source = files.setdefault(rest, Source())
        else:
            source.take(kind, rest)
    return files


def demangled(names: list[str]) -> list[str]:
    """The names of functions as people write them."""
    if not names:
        return []
    said = subprocess.run(["swift", "demangle", "--simplified", "--compact", *names],
                          capture_output=True, text=True, check=True).stdout
    return sorted({SHORT.sub("", line.split("(")[0]) for line in said.splitlines()})


def spans(numbers: list[int]) -> str:
    """Line numbers in short: 3-5 9."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(f"{a}-{b}" if a < b else f"{a}" for a, b in parts)


def main() -> int:
    root, files = pathlib.Path(sys.argv[1]), sources(sys.argv[2])
    reached = whole = 0
    for target, names in PARSERS.items():
        print(target)
        for name in names:
            source = files[str(root / "Sources" / f"{name}.swift")]
            functions, others = source.passed_over()
            lines = {number: count for number, count in source.lines.items() if number not in others}
            if not lines:
                continue
            missed = sorted(number for number, count in lines.items() if count == 0)
            reached += len(lines) - len(missed)
            whole += len(lines)
            share = 100 * (len(lines) - len(missed)) / len(lines)
            print(f"  {name.split('/')[-1]:24} {len(lines) - len(missed):4} of {len(lines):4} "
                  f"{share:6.1f} %  {'not: ' + spans(missed) if missed else ''}".rstrip())
            if functions:
                print(f"    no input comes to: {', '.join(demangled(functions))}")
    print(f"lines of the parsers reached: {reached} of {whole}, {100 * reached / whole:.1f} %")
    return 0 if reached >= LEAST * whole else 1


if __name__ == "__main__":
    sys.exit(main())
