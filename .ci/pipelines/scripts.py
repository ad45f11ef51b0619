"""Hands every script inside pipeline files to shellcheck, with the flags that the runner gives the shell.

What a runner replaces before the shell sees it ($(name) of Azure Pipelines, ${{ }}, and the inputs of a component) becomes a word.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from components import filled_in

# Keys that hold a script, in the three dialects.
SCRIPT_KEYS = {"run", "bash", "script", "before_script", "after_script"}


def scripts(node, where=""):
    """Yields (where, text) for every script below a node."""
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from scripts(child, f"{where}[{index}]")
    elif isinstance(node, dict):
        for key, child in node.items():
            here = f"{where}.{key}"
            if key in SCRIPT_KEYS and isinstance(child, str):
                yield here, child
            elif key in SCRIPT_KEYS and is_lines(child):
                yield here, "\n".join(child)
            else:
                yield from scripts(child, here)


def is_lines(node):
    return isinstance(node, list) and all(isinstance(line, str) for line in node)


def replaced(path, text):
    text = re.sub(r"\$\{\{.*?\}\}", "replaced", text, flags=re.DOTALL)
    if "azure-pipelines" in path.parts:
        text = re.sub(r"\$\([A-Za-z][A-Za-z0-9_.]*\)", "replaced", text)
    return text


def main(paths):
    found = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in map(pathlib.Path, paths):
            for where, text in scripts(filled_in(path)):
                found += 1
                script = pathlib.Path(folder, "script.sh")
                script.write_text(replaced(path, text))
                # Variables come from the pipeline's env, which shellcheck cannot see.
                command = ["shellcheck", "--shell=bash", "--exclude=SC2154", "--format=gcc", script]
                result = subprocess.run(command, capture_output=True, text=True, check=False)
                if result.returncode != 0:
                    failed += 1
                    print(f"{path}{where}:\n{result.stdout}{result.stderr}", file=sys.stderr)
    if found == 0:
        sys.exit("no script was found in the pipeline files")
    print(f"shellcheck: {found} scripts, {failed} with findings")
    sys.exit(failed != 0)


main(sys.argv[1:])
