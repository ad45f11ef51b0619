"""Prints a pipeline file of GitLab as JSON, with the inputs of a component filled in, which is how GitLab reads it.

An input without a default gets a value that fits its pattern. One that is used and not declared is an error, as is one that
is declared and not used.
"""

import json
import pathlib
import re
import sys

from ruamel.yaml import YAML

# A value for each pattern that an input has.
FITTING = {
    r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$": "team/lockgate",
    r"^[0-9]+\.[0-9]+\.[0-9]+$": "0.1.0",
    r"^[0-9a-f]{64}$": "0123456789abcdef" * 4,
}
INPUT = re.compile(r"\$\[\[\s*inputs\.([a-z0-9-]+)\s*\]\]")


def value_of(name, described):
    value = described.get("default")
    pattern = described.get("regex")
    if value is None:
        value = FITTING[pattern] if pattern else name
    if pattern and not re.search(pattern, str(value)):
        sys.exit(f"the input {name} has {value!r}, which its pattern {pattern} refuses")
    return str(value)


def filled_in(path):
    """Returns the pipeline of a file, whether it is a component or not."""
    text = path.read_text()
    reader = YAML(typ="safe", pure=True)
    documents = list(reader.load_all(text))
    if len(documents) == 1:
        return documents[0]
    header, _ = documents
    inputs = header["spec"]["inputs"]
    _, body = text.split("\n---\n", 1)
    used = set(INPUT.findall(body))
    if used != set(inputs):
        sys.exit(f"{path}: declared or used alone: {sorted(used ^ set(inputs))}")
    body = INPUT.sub(lambda found: value_of(found[1], inputs[found[1]]), body)
    return reader.load(body)


if __name__ == "__main__":
    json.dump(filled_in(pathlib.Path(sys.argv[1])), sys.stdout)
