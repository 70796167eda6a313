"""The images that docker-compose.yml names: the official ones where there are any, else their stand-ins."""

import os
import re
import subprocess
import time

from daemon import ROOT, Docker

# Variable, tag and target of what is built from this checkout.
OURS = (
    ("USTAWI_IMAGE", "ustawi:compose-test", "ustawi"),
    ("BACKUP_IMAGE", "ustawi-backup:compose-test", "backup"),
)


def official() -> dict[str, str]:
    """Variable -> default, as docker-compose.yml has them; without what is of a profile or ours."""
    text = (ROOT / "docker-compose.yml").read_text()
    found = dict(re.findall(r"\$\{([A-Z_]+_IMAGE):-([^}]+)\}", text))
    left_out = {"GRAFANA_IMAGE", *(name for name, _, _ in OURS)}
    return {name: image for name, image in found.items() if name not in left_out}


def settle(docker: Docker) -> dict[str, str]:
    """Have every image, ours built from this checkout; returns the variables that lead to them.

    IMAGES=official pulls what is missing. Otherwise official images are taken if all are here, else stand-ins are
    built, for no registry is asked unless told to.
    """
    variables = {name: os.environ.get(name, image) for name, image in official().items()}
    if os.environ.get("IMAGES") != "official" and not all(
        _is_here(docker, image) for image in variables.values()
    ):
        variables = _stand_ins(docker)
    for variable, tag, target in OURS:
        _build(docker, variables["PYTHON_IMAGE"], tag, target)
        variables[variable] = tag
    return variables


def _is_here(docker: Docker, image: str) -> bool:
    return docker.run("image", "inspect", image, check=False).returncode == 0


def _stand_ins(docker: Docker) -> dict[str, str]:
    began = time.monotonic()
    done = subprocess.run(
        ["bash", str(ROOT / "deploy" / "standin" / "build.sh")],
        env=docker.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError("the stand-in images could not be built")
    print(f"stand-in images are there ({time.monotonic() - began:.0f} s)", flush=True)
    return dict(line.split("=", 1) for line in done.stdout.split())


def _build(docker: Docker, python: str, tag: str, target: str) -> None:
    began = time.monotonic()
    docker.run(
        *("build", "--quiet", "--file", "deploy/Dockerfile", "--target", target),
        *("--build-arg", f"PYTHON_IMAGE={python}"),
        *("--build-arg", f"COMMIT={_commit()}", "--tag", tag, "."),
    )
    size = docker.run("image", "inspect", "--format", "{{.Size}}", tag).stdout
    print(f"{tag} is there ({time.monotonic() - began:.0f} s, {int(size) / 1e6:.0f} MB)", flush=True)


def _commit() -> str:
    told = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"
