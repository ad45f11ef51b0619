"""Parses the snippets of Terraform, Bicep and azd among the examples, those on their pages too, and checks what they promise.

python-hcl2 and pycep are grammars: they know the languages and not what a provider or Azure takes.
"""

import pathlib
import re
import sys

import hcl2
from pycep import BicepParser
from ruamel.yaml import YAML

EXAMPLES = pathlib.Path("examples")
# What lockgate writes, and Terraform is to leave alone.
IGNORED = {"ingress[0].traffic_weight", "tags", "template[0].container[0].image", "template[0].revision_suffix"}


def terraform():
    path = EXAMPLES / "terraform/main.tf"
    described = hcl2.loads(path.read_text())
    app = described["resource"][0]['"azurerm_container_app"']['"shop"']
    ignored = {entry.removeprefix("${").removesuffix("}") for entry in app["lifecycle"][0]["ignore_changes"]}
    expect(ignored == IGNORED, path, f"ignores {sorted(ignored)}")
    expect(app["revision_mode"] == '"Multiple"', path, "is not in revision mode Multiple")
    for text in snippets("terraform", "traffic_weight {"):
        inside = hcl2.loads(f'resource "a" "b" {{\ningress {{\n{text}\n}}\n}}\n')
        weights = inside["resource"][0]['"a"']['"b"']["ingress"][0]["traffic_weight"]
        expect(sum(weight["percentage"] for weight in weights) == 100, path.parent, "has weights that are not 100")


def bicep():
    for path in sorted(EXAMPLES.glob("bicep/*.bicep")):
        BicepParser().parse(text=path.read_text())
    main = (EXAMPLES / "bicep/main.bicep").read_text()
    for part in ("outputs.traffic", "outputs.tags", "'Multiple'"):
        expect(part in main, "examples/bicep/main.bicep", f"has no {part}")
    for text in snippets("bicep", "traffic: ["):
        parsed = BicepParser().parse(text=f"var ingress = {{\n{text}\n}}\n")
        weights = parsed["variables"]["ingress"]["value"]["traffic"]
        expect(sum(weight["weight"] for weight in weights) == 100, "examples/bicep", "has weights that are not 100")


def azd():
    path = EXAMPLES / "azd/azure.yaml"
    project = YAML(typ="safe", pure=True).load(path)
    hook = project["hooks"]["postdeploy"]
    expect((path.parent / hook["run"]).is_file(), path, f"names {hook['run']}, which is not there")
    parameters = path.parent / "infra" / f"{project['services']['shop']['module']}.bicepparam"
    text = parameters.read_text()
    template = re.search(r"^using '(.*)'$", text, re.MULTILINE)[1]
    wanted = BicepParser().parse(text=(parameters.parent / template).read_text())["parameters"]
    # The grammar has no files of parameters; each line of one is an assignment, as of a variable.
    given = re.sub(r"^param ", "var ", re.sub(r"^using .*$", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    given = BicepParser().parse(text=given)["variables"]
    expect(set(given) == set(wanted), parameters, f"gives {sorted(set(given) ^ set(wanted))} or does not")


def snippets(folder, begins):
    """Yields the indented blocks of a page that begin so."""
    page = (EXAMPLES / folder / "README.md").read_text()
    blocks = re.findall(r"(?:^    .*\n)+", page, re.MULTILINE)
    found = [block for block in blocks if block.strip().startswith(begins)]
    expect(found, f"examples/{folder}/README.md", f"has no block that begins with {begins}")
    return found


def expect(holds, where, what):
    if not holds:
        sys.exit(f"{where} {what}")


terraform()
bicep()
azd()
print("infrastructure: Terraform, Bicep and azd parse")
