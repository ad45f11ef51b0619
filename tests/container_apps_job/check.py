"""Holds the jobs of a folder, as YAML for az and as Bicep, to each other and to the models of azure-mgmt-appcontainers.

The SDK is generated from the specification of the service, so its models are the schema of `Microsoft.App/jobs`: names,
types, enumerations, what is required and what is read only.
"""

import enum
import pathlib
import sys
import types
import typing

from azure.mgmt.appcontainers import models
from azure.mgmt.appcontainers._utils.model_base import Model
from pycep import BicepParser
from ruamel.yaml import YAML

# What an expression of the Bicep file stands for, as the YAML files have it; `create` fills both in alike.
SYMBOLS = {
    "environment.id": "$ENVIRONMENT_ID",
    "janitorIdentity.id": "$JANITOR_ID",
    "rolloutIdentity.id": "$ROLLOUT_ID",
    "janitorIdentity.properties.clientId": "$JANITOR_CLIENT_ID",
    "rolloutIdentity.properties.clientId": "$ROLLOUT_CLIENT_ID",
    "subscription.subscriptionId": "$SUBSCRIPTION",
    "resource_group.name": "$GROUP",
    "image": "$IMAGE",
    "app": "$APP",
    "location": "$LOCATION",
    "rolloutTimeout": 14400,
}


class Mistake(Exception):
    """What is wrong, and where."""


def expression(node):
    """Writes an expression of Bicep as text, such as `janitorIdentity.properties.clientId`."""
    if isinstance(node, str):
        return node
    operator = node.get("operator", {})
    if operator.get("type") == "property_accessor":
        operands = operator["operands"]
        return f"{expression(operands['operand_1'])}.{expression(operands['operand_2'])}"
    if "function" in node:
        return node["function"]["type"]
    raise Mistake(f"an expression that this check does not know: {node}")


def resolved(node, parameters):
    """Replaces expressions by what they stand for."""
    if isinstance(node, list):
        return [resolved(child, parameters) for child in node]
    if isinstance(node, str):
        name = node.removeprefix("'${").removesuffix("}'")
        if name != node or node in parameters:
            return SYMBOLS[name]
        return node
    if not isinstance(node, dict):
        return node
    function = node.get("function", {})
    if function.get("type") == "load_text_content":
        return "$" + function["parameters"]["file_path"].replace(".", "_").upper()
    if function.get("type") == "json":
        (text,) = function["parameters"].values()
        return float(text)
    if "operator" in node:
        return SYMBOLS[expression(node)]
    # The name of a property is no parameter, even where one has the same.
    return {resolved(key, ()): resolved(child, parameters) for key, child in node.items()}


def check(value, hint, where):
    """Holds a value to the type of a model's field."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        enums = [one for one in arguments if isinstance(one, type) and issubclass(one, enum.Enum)]
        if enums:
            known = [member.value for member in enums[0]]
            if value not in known:
                raise Mistake(f"{where}: {value!r} is none of {', '.join(known)}")
            return
        inner = [one for one in arguments if one is not type(None)]
        check(value, inner[0], where)
    elif origin is list:
        if not isinstance(value, list):
            raise Mistake(f"{where}: {value!r} is no list")
        for index, item in enumerate(value):
            check(item, arguments[0], f"{where}[{index}]")
    elif origin is dict:
        for key, item in value.items():
            check(item, arguments[1], f"{where}.{key}")
    elif isinstance(hint, type) and issubclass(hint, Model):
        check_model(value, hint, where)
    elif hint is float:
        if not isinstance(value, (int, float)):
            raise Mistake(f"{where}: {value!r} is no number")
    elif isinstance(hint, type) and not (isinstance(value, hint) and isinstance(value, bool) == (hint is bool)):
        raise Mistake(f"{where}: {value!r} is no {hint.__name__}")


def check_model(value, model, where):
    """Holds a table to a model: no unknown or read-only property, none missing that is required."""
    if not isinstance(value, dict):
        raise Mistake(f"{where}: {value!r} is no table")
    hints = typing.get_type_hints(model, localns={"_models": models})
    # The first instance of a model makes the table of its fields.
    model.__new__(model)
    fields = {field._rest_name: (name, field) for name, field in model._attr_to_rest_field.items()}
    for key, child in value.items():
        if key not in fields:
            raise Mistake(f"{where}.{key}: there is no such property of {model.__name__}; there are {', '.join(sorted(fields))}")
        name, field = fields[key]
        if field._visibility == ["read"]:
            raise Mistake(f"{where}.{key}: only the service writes it")
        check(child, hints[name], f"{where}.{key}")
    for key, (name, field) in fields.items():
        optional = type(None) in typing.get_args(hints[name])
        if not optional and key not in value and field._visibility != ["read"]:
            raise Mistake(f"{where}.{key}: it is required")


def from_yaml(path):
    """Reads a job as az does: `name` and `type` are part of its address."""
    job = YAML(typ="safe").load(path.read_text())
    if job.pop("type") != "Microsoft.App/jobs":
        raise Mistake(f"{path}: the type is not Microsoft.App/jobs")
    return job.pop("name"), job


def plain(job):
    return {key: child for key, child in job.items() if key != "name"}


def main():
    folder = pathlib.Path(sys.argv[1])
    try:
        bicep = BicepParser().parse(text=(folder / "main.bicep").read_text())
    except Exception as error:  # The parser's library has no type of its own for what does not parse.
        raise Mistake(f"main.bicep does not parse: {error}") from error
    parameters = set(bicep["parameters"])
    default = bicep["parameters"]["rolloutTimeout"]["default"]
    if default != SYMBOLS["rolloutTimeout"]:
        raise Mistake(f"rolloutTimeout is {default}, and rollout.yaml has {SYMBOLS['rolloutTimeout']}")
    made = {}
    for symbol, resource in bicep["resources"].items():
        if resource["type"] == "Microsoft.App/jobs":
            job = resolved(resource["config"], parameters)
            made[job["name"]] = plain(job)
            check_model(made[job["name"]], models.Job, f"main.bicep: {symbol}")
    for path in sorted(folder.glob("*.yaml")):
        name, job = from_yaml(path)
        check_model(job, models.Job, path.name)
        if made.pop(name, None) != job:
            raise Mistake(f"{path.name} and main.bicep make different jobs named {name}")
    if made:
        raise Mistake(f"no YAML file makes {', '.join(made)}")
    print("container-apps-job: both jobs have the schema of Microsoft.App/jobs, and Bicep and az make the same")


if __name__ == "__main__":
    try:
        main()
    except Mistake as mistake:
        sys.exit(f"error: {mistake}")
