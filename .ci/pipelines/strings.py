"""Prints a YAML file as JSON with every scalar a string, which is how Azure Pipelines reads one and what its schema says.

But for `continueOnError` of a task, which the schema wants to be a boolean.
"""

import json
import pathlib
import sys

from ruamel.yaml import YAML


def as_the_schema_wants(node):
    if isinstance(node, list):
        return [as_the_schema_wants(child) for child in node]
    if not isinstance(node, dict):
        return node
    wanted = {key: as_the_schema_wants(value) for key, value in node.items()}
    if "task" in node and "continueOnError" in node:
        wanted["continueOnError"] = node["continueOnError"] == "true"
    return wanted


json.dump(as_the_schema_wants(YAML(typ="base", pure=True).load(pathlib.Path(sys.argv[1]))), sys.stdout)
