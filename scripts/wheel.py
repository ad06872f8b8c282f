"""Judges a wheel: what it says of itself, its licence, and its list of components, where it must have one. wheel.py WHEEL [SBOM]"""

from __future__ import annotations

import email
import json
import sys
import zipfile
from pathlib import Path

EXTRAS = {
    "mcp": {"mcp>=1.23.1,<2"},
    "mcp-agent": {"mcp-agent==0.2.6", "mcp>=1.23.1,<2"},
}


def main(path: str, sbom: str | None = None) -> int:
    with zipfile.ZipFile(path) as wheel:
        held = {name.partition(".dist-info/")[2]: wheel.read(name) for name in wheel.namelist() if ".dist-info/" in name}
    faults = [*metadata(held["METADATA"].decode()), *licence(held), *(components(held, Path(sbom)) if sbom else [])]
    for fault in faults:
        print(f"{path}: {fault}", file=sys.stderr)
    return 1 if faults else 0


def metadata(text: str) -> list[str]:
    said = email.message_from_string(text)
    wanted: dict[str, set[str]] = {extra: set() for extra in said.get_all("Provides-Extra", [])}
    for line in said.get_all("Requires-Dist", []):
        requirement, _, condition = line.partition(";")
        extra = condition.replace("'", '"').partition('extra == "')[2].partition('"')[0]
        wanted.setdefault(extra, set()).add(requirement.replace(" ", ""))
    faults = [] if normal(wanted) == normal(EXTRAS) else [f"its extras are {wanted}"]
    if said["License-Expression"] != "Apache-2.0":
        faults.append(f"its licence is {said['License-Expression']}")
    if not said.get_payload().startswith("# mcp-engine for Python"):
        faults.append("its description is not that of the package")
    return faults


def normal(extras: dict[str, set[str]]) -> dict[str, set[tuple[str, ...]]]:
    """The clauses of a requirement stand in no order."""
    return {extra: {tuple(sorted(each.split(","))) if "<" in each else (each,) for each in wanted} for extra, wanted in extras.items()}


def licence(held: dict[str, bytes]) -> list[str]:
    return [] if b"Apache License" in held.get("licenses/LICENSE", b"") else ["it has no licence"]


def components(held: dict[str, bytes], sbom: Path) -> list[str]:
    """The list of components is the one that was made for it, and says of every crate where it is from and how it is licensed."""
    text = held.get(f"sboms/{sbom.name}", b"")
    if text != sbom.read_bytes():
        return [f"it has not the list of components {sbom}"]
    listed = json.loads(text)["components"]
    names = {each["name"] for each in listed}
    missing = [f"its list of components lacks {name}" for name in ("mcp-engine-proto", "pyo3", "tokio") if name not in names]
    foreign = [f"its list of components has {name}" for name in sorted(names) if name.startswith("windows")]
    vague = [f"{each['name']} has no licence" for each in listed if not each["licenses"][0]["expression"]]
    unknown = [f"{each['name']} has no checksum" for each in listed if "hashes" not in each and not each["name"].startswith("mcp-engine")]
    return [*missing, *foreign, *vague, *unknown]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
