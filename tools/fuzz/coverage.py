"""Which lines of the parsers the kept inputs reach; `tools/fuzz/run --coverage` calls this.

    coverage.py ROOT LINES     LINES: what llvm-cov exports as lcov
"""

import pathlib
import sys

LEAST = 0.95

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


def counts_by_file(path: str) -> dict[str, dict[int, int]]:
    """How often each line of each file was reached."""
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for text in pathlib.Path(path).read_text().splitlines():
        kind, _, rest = text.partition(":")
        if kind == "SF":
            lines = files.setdefault(rest, {})
        elif kind == "DA":
            number, count = rest.split(",")[:2]
            lines[int(number)] = max(lines.get(int(number), 0), int(count))
    return files


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
    root, files = pathlib.Path(sys.argv[1]), counts_by_file(sys.argv[2])
    reached = whole = 0
    for target, names in PARSERS.items():
        print(target)
        for name in names:
            lines = files[str(root / "Sources" / f"{name}.swift")]
            missed = sorted(number for number, count in lines.items() if count == 0)
            reached += len(lines) - len(missed)
            whole += len(lines)
            share = 100 * (len(lines) - len(missed)) / len(lines)
            print(f"  {name.split('/')[-1]:24} {len(lines) - len(missed):4} of {len(lines):4} "
                  f"{share:6.1f} %  {'not: ' + spans(missed) if missed else ''}".rstrip())
    print(f"lines of the parsers reached: {reached} of {whole}, {100 * reached / whole:.1f} %")
    return 0 if reached >= LEAST * whole else 1


if __name__ == "__main__":
    sys.exit(main())
