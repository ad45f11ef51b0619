"""Checks that a CycloneDX document is about this version of lockgate, and writes it where it is wanted.

    sbom.py DOCUMENT VERSION OUT
"""

import json
import pathlib
import sys


def main(document, version, out):
    text = pathlib.Path(document).read_text(encoding="utf-8")
    bom = json.loads(text)
    about = bom.get("metadata", {}).get("component", {})
    found = {
        "bomFormat": bom.get("bomFormat"),
        "name": about.get("name"),
        "version": about.get("version"),
    }
    wanted = {"bomFormat": "CycloneDX", "name": "lockgate", "version": version}
    if found != wanted:
        sys.exit(f"the SBOM says {found}, and should say {wanted}")
    names = {component["name"] for component in bom.get("components", [])}
    # Without the engine of gates the document is about another program.
    if "wasmtime" not in names:
        sys.exit(f"the SBOM names {len(names)} components, and wasmtime is not among them")
    pathlib.Path(out).write_text(text, encoding="utf-8", newline="\n")


main(*sys.argv[1:])
