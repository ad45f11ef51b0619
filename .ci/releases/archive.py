"""Writes a folder as a .tar.gz that is the same bytes each time, and a file with its SHA-256 beside it.

    archive.py FOLDER ARCHIVE SECONDS

Names in order, no owners, one time for all (SECONDS since 1970); the folder's own name is the first part of every path.
"""

import gzip
import hashlib
import pathlib
import sys
import tarfile


def add(archive, path, name, seconds):
    info = tarfile.TarInfo(name)
    info.mtime = seconds
    if path.is_dir():
        info.type = tarfile.DIRTYPE
        info.mode = 0o755
        archive.addfile(info)
        for child in sorted(path.iterdir(), key=lambda child: child.name):
            add(archive, child, f"{name}/{child.name}", seconds)
        return
    info.size = path.stat().st_size
    # Windows keeps no mode: the executable is known by its place.
    info.mode = 0o755 if path.stem == "lockgate" and name.count("/") == 1 else 0o644
    with path.open("rb") as file:
        archive.addfile(info, file)


def main(folder, archive, seconds):
    folder, archive, seconds = pathlib.Path(folder), pathlib.Path(archive), int(seconds)
    with archive.open("wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=seconds) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar:
            add(tar, folder, folder.name, seconds)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(archive.name + ".sha256").write_text(f"{digest}  {archive.name}\n", newline="\n")


main(*sys.argv[1:])
