"""Prints a YAML file as JSON with every scalar a string, which is how Azure Pipelines reads one and what its schema says."""

import json
import pathlib
import sys

from ruamel.yaml import YAML

json.dump(YAML(typ="base", pure=True).load(pathlib.Path(sys.argv[1])), sys.stdout)
