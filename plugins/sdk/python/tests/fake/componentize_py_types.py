"""What componentize-py offers under this name, as far as the kit uses it."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Ok:
    value: Any


@dataclass
class Err(Exception):
    value: Any
