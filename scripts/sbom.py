"""Writes which crates are compiled into a package, as CycloneDX 1.5: sbom.py PACKAGE FILE

What other platforms, other features, tests and the compiler alone need is not in it. The same sources make the same list.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TREE = ["cargo", "tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "depth", "--no-dedupe", "--format", "\t{p}\t{l}\t{r}", "--package"]


def main(package: str, file: str) -> None:
    lines = subprocess.run([*TREE, package], check=True, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()
    hashes = {(each["name"], each["version"]): each.get("checksum") for each in tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]}
    components: dict[str, dict[str, Any]] = {}
    needs: dict[str, set[str]] = {}
    above: list[str] = []
    for line in lines:
        depth, crate, licence, repository = line.split("\t")
        name, version = crate.split()[0], crate.split()[1].removeprefix("v")
        purl = f"pkg:cargo/{name}@{version}"
        components[purl] = component(name, version, purl, licence, repository, hashes[name, version])
        needs.setdefault(purl, set())
        del above[int(depth) :]
        if above:
            needs[above[-1]].add(purl)
        above.append(purl)
    whole = components.pop(above[0])
    text = json.dumps(document(whole, components, needs), indent=1)
    Path(file).write_text(text + "\n")


def component(name: str, version: str, purl: str, licence: str, repository: str, sha256: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    # Before there were expressions, a slash stood for "or".
    made["licenses"] = [{"expression": licence.replace("/", " OR ")}]
    if sha256 is not None:
        made["hashes"] = [{"alg": "SHA-256", "content": sha256}]
    if repository:
        made["externalReferences"] = [{"type": "vcs", "url": repository}]
    return made


def document(whole: dict[str, Any], components: dict[str, dict[str, Any]], needs: dict[str, set[str]]) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": whole},
        "components": [components[purl] for purl in sorted(components)],
        "dependencies": [{"ref": purl, "dependsOn": sorted(needs[purl])} for purl in sorted(needs)],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
