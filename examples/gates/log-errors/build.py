"""Builds log-errors.wasm. The compiler that requirements.txt pins is installed into .venv, once."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
SCRIPTS = VENV / ("Scripts" if sys.platform == "win32" else "bin")
INSTALL = "install Python 3.10 or newer: `apt install python3 python3-venv` on Debian, `brew install python` on macOS, \
`winget install Python.Python.3.13` on Windows"


def fail(what):
    sys.exit(f"build.py: error: {what}")


def run(*command):
    try:
        done = subprocess.run(command, cwd=HERE)
    except OSError as error:
        fail(f"cannot run {command[0]}: {error}; delete {VENV} and build again")
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command[:4]))} … failed with {done.returncode}")


def install():
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    stamp = VENV / "installed.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("installing componentize-py into .venv")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode != 0:
        fail(f"this Python cannot make a virtual environment; {INSTALL}")
    run(SCRIPTS / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt")
    stamp.write_text(wanted, encoding="utf-8")


def main():
    if sys.version_info < (3, 10):
        fail(f"this is Python {sys.version.split()[0]}; {INSTALL}")
    install()
    run(
        SCRIPTS / "componentize-py", "--quiet", "-d", "sdk/wit", "-w", "health-check",
        "componentize", "-p", ".", "-p", "sdk", "gate", "-o", "log-errors.wasm",
    )
    print(f"wrote {HERE / 'log-errors.wasm'}")


if __name__ == "__main__":
    main()
