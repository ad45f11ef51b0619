"""Prints the job that `az containerapp job create --yaml FILE` would send, as JSON. Runs with az's own Python and its own code:
az drops what its models do not have, without a word.
"""

import json
import sys

from azure.cli.command_modules.containerapp import _decorator_utils, _utils

MODELS = "azure.cli.command_modules.containerapp._sdk_models"


def without_nulls(node):
    if isinstance(node, dict):
        return {key: without_nulls(child) for key, child in node.items() if child is not None}
    if isinstance(node, list):
        return [without_nulls(child) for child in node]
    return node


read = _decorator_utils.process_loaded_yaml(_decorator_utils.load_yaml_file(sys.argv[1]))
job = _decorator_utils.create_deserializer(MODELS)("ContainerAppsJob", read)
job = _utils._convert_object_from_snake_to_camel_case(_utils._object_to_dict(job))
job = _decorator_utils.process_loaded_yaml(job)
_utils._remove_additional_attributes(job)
_utils._remove_readonly_attributes(job)
print(json.dumps(without_nulls(job)))
