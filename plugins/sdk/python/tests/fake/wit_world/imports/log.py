"""The log of a test."""

from enum import Enum


class Level(Enum):
    DEBUG = 0
    INFO = 1
    WARN = 2
    ERROR = 3


lines = []


def write(level, message, fields):
    lines.append((level.name, message, fields))
