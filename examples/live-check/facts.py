"""Prints what one answer of Azure says, a fact a line, for comparison with a plain file. Values that differ from run to run,
such as times and ids, are left out.

    facts.py state FILE            traffic, tags and mode of an app
    facts.py error STATUS FILE     the code of a refusal
    facts.py get FILE PATH         one value, such as properties.provisioningState
"""

import json
import sys


def read(path):
    """Reads a file of JSON; anything else is no document."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except ValueError:
        return None


def value(document, path):
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def state(app):
    """Describes an app: entries keep their order, because lockgate writes and compares whole arrays."""
    properties = app.get("properties") or {}
    configuration = properties.get("configuration") or {}
    ingress = configuration.get("ingress") or {}
    print("mode", configuration.get("activeRevisionsMode"))
    for share in ingress.get("traffic") or []:
        names = sorted(set(share) - {"revisionName", "weight"})
        more = f" with {', '.join(names)}" if names else ""
        print(f"traffic {share.get('revisionName')} {json.dumps(share.get('weight'))}{more}")
    for name in sorted(app.get("tags") or {}):
        print("tag", name)


def error(status, answer):
    # Some services put the code into a member `error`, others do not.
    inner = answer.get("error", answer) if isinstance(answer, dict) else None
    code = inner.get("code") if isinstance(inner, dict) else None
    print(status, code if code is not None else "without a code")


def main():
    what = sys.argv[1]
    if what == "state":
        state(read(sys.argv[2]) or {})
    elif what == "error":
        error(sys.argv[2], read(sys.argv[3]))
    else:
        found = value(read(sys.argv[2]), sys.argv[3])
        print("" if found is None else found)


main()
