"""Checks the golden files of the link protocol, without any code of the server or its clients.

Each header of docs/protocol/golden obeys docs/protocol/header.schema.json, and no longer does when
one of its required keys is taken away; each payload has the CRC-32C and the layout of arrays that
its header says; the chunks of the example run join to the parts that its answer counts. Needs
jsonschema. Prints what it did, and ends with status 1 at the first fault.
"""

import copy
import hashlib
import json
import math
import pathlib
import struct
import sys

import jsonschema

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "protocol"
SIZES = {"u8": 1, "i8": 1, "u16": 2, "i32": 4, "u32": 4, "i64": 8, "u64": 8, "f64": 8}
CODES = {"u8": "B", "i8": "b", "u16": "H", "i32": "i", "u32": "I", "i64": "q", "u64": "Q", "f64": "d"}


def crc32c(data):
    """CRC-32C bit by bit: reflected polynomial 0x82F63B78, all ones before, inverted after."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def frames(path):
    """The frames of a file: each after its length as u32, little-endian."""
    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack_from("<I", data)
        assert len(data) >= 4 + length, f"{path.name} ends within a frame"
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found


def layout(arrays, data):
    """The arrays of a part by name; they fill it, padded with zeros to multiples of 8 bytes."""
    offset, values = 0, {}
    for array in arrays:
        count = math.prod(array["shape"])
        size = count * SIZES[array["dtype"]]
        values[array["name"]] = struct.unpack_from(f"<{count}{CODES[array['dtype']]}", data, offset)
        end = offset + size + -size % 8
        assert not any(data[offset + size : end]), f"{array['name']} is not padded with zeros"
        offset = end
    assert offset == len(data), f"arrays fill {offset} of {len(data)} bytes"
    return values


def check_payload(header, payload):
    """Pairs the entries of the header with the frames; gives all arrays."""
    values, rest = {}, list(payload)
    for part in header.get("payload", []):
        if "upload" in part:
            continue
        data = rest.pop(0)
        assert len(data) == part["bytes"], "bytes"
        assert crc32c(data) == part["crc32c"], f"crc32c is {crc32c(data)}"
        values.update(layout(part["arrays"], data))
    assert not rest, "a frame without an entry in the header"
    return values


def kind(name, header):
    if name.startswith("event."):
        return "any-event"
    if "sequence" in header or name.split("-")[0].endswith((".ok", ".accepted", ".chunk")) or name == "error":
        return "any-answer"
    runs = ("put", "image.", "weights.", "run", "request.attach", "compile", "calibrate")
    return "request-on-run" if name.startswith(runs) else "request-on-control"


def rule_of(schema, group, header):
    """The rule for the header's type, with all that it refers to."""
    prefix = {"any-event": "event-", "any-answer": "answer-", "request-on-run": "run-"}
    return {"$defs": schema["$defs"], "$ref": f"#/$defs/{prefix.get(group, 'control-')}{header['type']}"}


def required(schema, rule, found):
    """All keys that a rule of the schema requires of an object, by way of its references."""
    found.update(rule.get("required", []))
    for other in rule.get("allOf", []) + ([rule] if "$ref" in rule else []):
        if "$ref" in other:
            required(schema, schema["$defs"][other["$ref"].split("/")[-1]], found)
    return found


def check_strictness(schema, group, header):
    """A header that lacks a required key, or has a wrong one, is refused; a further key is not."""
    rule = rule_of(schema, group, header)
    keys = required(schema, schema["$defs"][rule["$ref"].split("/")[-1]], set())
    assert keys >= {"type"}
    checked = jsonschema.Draft202012Validator(rule)
    for key in sorted(keys):
        for change in (lambda h: h.pop(key), lambda h: h.update({key: [None]})):
            damaged = copy.deepcopy(header)
            change(damaged)
            assert not checked.is_valid(damaged), f"{header['type']} without a right '{key}' passes"
    assert checked.is_valid({**header, "unknown key": 1}), "a further key is refused"
    return len(keys)


def check_run(messages):
    """The chunks of the example run join to its first part; counts and digest cover both parts."""
    chunks = sorted(
        (m for n, m in messages.items() if n.startswith("run.chunk")), key=lambda m: m[0]["seq"])
    joined = b""
    for seq, (header, values) in enumerate(chunks):
        assert (header["seq"], header["offset"]) == (seq, len(joined)), "a gap between chunks"
        joined += bytes(values["chunk"])
    layout(chunks[-1][0]["last"]["arrays"], joined)
    whole, last = messages["run.ok"][0], frames(FOLDER / "golden" / "run.ok.syn")[2]
    for header, parts in ((whole, joined + last), (messages["run.ok-chunked"][0], joined)):
        assert header["chunks"] == len(chunks) and header["bytes"] == len(parts), "counts"
        assert header["digest"] == crc32c(parts), "digest"
    asked = len(messages["run"][1]["sample_numbers"])
    assert sum([chunks[-1][0]["last"]["samples"][1], whole["samples"][1]]) == asked, "samples"


def main():
    assert crc32c(b"123456789") == 0xE3069283
    schema = json.loads((FOLDER / "header.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    messages, types, keys = {}, set(), 0
    for path in sorted((FOLDER / "golden").glob("*.syn")):
        name = path.name.removesuffix(".syn")
        magic, text, *payload = frames(path)
        assert magic == b"SYN1", f"{name}: no magic frame"
        header = json.loads(text)
        group = kind(name, header)
        try:
            jsonschema.validate(header, {**schema["$defs"][group], "$defs": schema["$defs"]})
            jsonschema.validate(header, rule_of(schema, group, header))
            jsonschema.validate(header, schema)
            keys += check_strictness(schema, group, header)
            messages[name] = header, check_payload(header, payload)
        except (AssertionError, jsonschema.ValidationError) as fault:
            sys.exit(f"{name}: {fault}")
        types.add((group, header["type"]))
    rules = {name for name in schema["$defs"] if name.startswith(("control-", "run-", "answer-", "event-"))}
    assert len(rules) == len(types), f"{len(rules)} types in the schema, {len(types)} in the files"
    info, chip = messages["chip.info.ok"]
    assert hashlib.sha256(bytes(chip["chip_file"])).hexdigest() == info["hash"], "hash of the chip file"
    check_run(messages)
    print(f"{len(messages)} messages of {len(types)} types obey the schema ({keys} required keys), their payloads theirs")


if __name__ == "__main__":
    main()
