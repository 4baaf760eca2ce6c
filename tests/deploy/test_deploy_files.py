"""What is delivered for servers and containers: it names what exists, and programs accept it."""

from __future__ import annotations

import configparser
import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.commands import COMMANDS
from watcher.config import load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("shouwang*.service"))
WATCHER = "/opt/shouwang/current/venv/bin/watcher"
NAMES = {command.name for command in COMMANDS}


def needs(program: str) -> pytest.MarkDecorator:
    missing = shutil.which(program) is None
    return pytest.mark.skipif(missing, reason=f"{program} is not installed")


def run(*command: str | Path, **more: Any) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=more.pop("cwd", ROOT), **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# -- systemd -----------------------------------------------------------------------------------


def unit(path: Path) -> configparser.RawConfigParser:
    class Several(dict[str, Any]):
        """A key that stands twice adds to itself."""

        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and key in self:
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    parser = configparser.RawConfigParser(dict_type=Several, strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path, "utf-8")
    return parser


@needs("systemd-analyze")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_the_unit_sound_and_tight(path: Path, tmp_path: Path) -> None:
    for name in (path.name, "shouwang-backup.timer"):
        text = (DEPLOY / "systemd" / name).read_text("utf-8").replace(WATCHER, "/bin/true")
        (tmp_path / name).write_text(text, "utf-8")
    said = run("systemd-analyze", "verify", "--man=no", tmp_path / path.name)
    assert not [line for line in said.splitlines() if path.name in line], said
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=30", path)
    assert "Overall exposure level" in said


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_there_is_as_a_user_of_its_own(path: Path) -> None:
    service = unit(path)["Service"]
    lines = [
        line
        for key in ("ExecStart", "ExecStartPre")
        for line in service.get(key, "").split("\n")
        if line
    ]
    for line in lines:
        program, command, *_ = shlex.split(line)
        assert (program, command in NAMES) == (WATCHER, True)
    assert service["User"] == "shouwang"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


def test_the_watch_leaves_chromium_what_its_sandbox_needs() -> None:
    """Found out under a real systemd: chrome://sandbox said "adequately sandboxed"."""
    service = unit(DEPLOY / "systemd/shouwang.service")["Service"]
    assert set(service["RestrictNamespaces"].split()) == {"user", "pid", "net"}
    assert "AF_NETLINK" in service["RestrictAddressFamilies"]
    assert {"chroot", "seccomp", "clock_adjtime"} <= set(service["SystemCallFilter"].split())
    for killer in ("MemoryDenyWriteExecute", "PrivateUsers", "ProcSubset", "ProtectClock"):
        assert killer not in service
    assert (service["Type"], service["WatchdogSec"]) == ("notify", "5min")


@needs("systemd-analyze")
def test_the_backup_comes_every_night_of_beijing() -> None:
    timer = unit(DEPLOY / "systemd/shouwang-backup.timer")["Timer"]
    assert "02:30:00 Asia/Shanghai" in run("systemd-analyze", "calendar", timer["OnCalendar"])


# -- container ---------------------------------------------------------------------------------

CONTAINER = DEPLOY / "container"


def instructions() -> Iterator[tuple[str, str]]:
    text = (CONTAINER / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def final() -> list[tuple[str, str]]:
    """The instructions of the image itself, without the stage that builds."""
    found = list(instructions())
    last = max(n for n, (word, _) in enumerate(found) if word == "FROM")
    return found[last:]


def test_all_that_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = (CONTAINER / "Dockerfile.dockerignore").read_text("utf-8").split()
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    for word, rest in instructions():
        if word != "COPY" or rest.startswith("--from"):
            continue
        for source in rest.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(fnmatch.fnmatch(source, each) for each in let_in), source


def test_the_image_runs_the_watch_without_root_and_without_tools() -> None:
    said = dict(final())
    assert said["FROM"] == "debian:bookworm-slim"
    assert said["USER"] == "10001:10001"
    assert yaml.safe_load(said["ENTRYPOINT"]) == ["watcher"]
    assert yaml.safe_load(said["CMD"])[0] in NAMES
    assert "/healthz" in said["HEALTHCHECK"]
    installed = " ".join(rest for word, rest in final() if word == "RUN")
    assert not re.search(r"\b(gcc|build-essential|python3-pip|git|curl|python3-venv)\b", installed)
    everything = " ".join(rest for _, rest in instructions())
    assert re.search(r"uv==\d+\.\d+\.\d+ ", everything + " ")
    assert "uv sync --frozen --no-dev --no-editable" in everything


def test_server_and_image_need_the_same_packages() -> None:
    installed = " ".join(rest for word, rest in final() if word == "RUN")
    listed = re.sub(r"#.*", "", (DEPLOY / "offline/packages.txt").read_text("utf-8")).split()
    for package in ("python3", "chromium", "fonts-noto-cjk", "libatomic1", "ca-certificates"):
        assert package in listed
        assert re.search(rf"\s{package}\s", installed)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("container") / "run"
    run("sh", CONTAINER / "prepare.sh", folder)
    return folder


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text("utf-8"))
    return found


SERVICES = sorted(compose()["services"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded_hardened_and_shut(name: str, prepared: Path) -> None:
    whole = compose()
    service = whole["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"]["max-size"]
    assert "mem_limit" in service
    assert "ports" not in service
    assert "latest" not in service["image"]
    assert ":" in service["image"]
    assert set(service["networks"]) <= set(whole["networks"])
    assert set(service.get("secrets", ())) <= set(whole["secrets"])
    assert set(service.get("depends_on", {})) <= set(whole["services"])
    for needed in service.get("depends_on", {}).values():
        assert needed["condition"].startswith("service_")
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        if source.startswith("./run/"):
            assert (prepared / source.removeprefix("./run/")).is_dir(), source
        elif source.startswith("."):
            assert (CONTAINER / source).is_dir(), source
        else:
            assert source in whole["volumes"]
    if name not in ("migrate", "shouwang"):  # the image of the watch brings its own
        assert service["healthcheck"]["test"][0] == "CMD"


def test_secrets_are_files_that_are_made_once(prepared: Path) -> None:
    whole = compose()
    files = {each["file"].removeprefix("./run/") for each in whole["secrets"].values()}
    before = {file: (prepared / file).read_text() for file in files}
    assert all(before.values())
    assert (prepared / "secrets").stat().st_mode & 0o777 == 0o700
    (prepared / "secrets.env").write_text("SHOUWANG_CITY_KEY=mine\n")
    run("sh", CONTAINER / "prepare.sh", prepared)
    assert {file: (prepared / file).read_text() for file in files} == before
    assert (prepared / "secrets.env").read_text() == "SHOUWANG_CITY_KEY=mine\n"
    assert before["secrets/database_password"].strip() in before["secrets/database_url"]
    assert "environment" not in whole["services"]["shouwang"]


def test_only_the_watch_reaches_the_internet() -> None:
    whole = compose()
    assert whole["networks"]["inside"]["internal"] is True
    outside = {n for n, each in whole["services"].items() if "outside" in each["networks"]}
    assert outside == {"shouwang", "migrate"}
    local = yaml.safe_load((CONTAINER / "compose.local.yaml").read_text("utf-8"))
    ports = [port for each in local["services"].values() for port in each["ports"]]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_configuration_of_the_container_is_sound(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared / "config", tmp_path / "config")
    file = tmp_path / "config/watcher.yaml"
    file.write_text(file.read_text("utf-8").replace("/run/secrets/", f"{prepared}/secrets/"))
    settings = load(file, {}, targets=False)
    assert settings.listen.host == "0.0.0.0"
    assert str(settings.state) == "/var/lib/shouwang"
    assert settings.database.reveal().startswith("postgresql+psycopg://shouwang:")
    assert settings.alertmanager is not None
    assert settings.alertmanager.url == "http://alertmanager:9093"


@needs("promtool")
@needs("amtool")
def test_the_monitoring_of_the_container_is_sound(prepared: Path) -> None:
    run("promtool", "check", "config", prepared / "prometheus/prometheus.yml")
    run("amtool", "check-config", prepared / "alertmanager/alertmanager.yml")
    for file in ("prometheus/prometheus.yml", "alertmanager/alertmanager.yml"):
        lines = (prepared / file).read_text("utf-8").splitlines()
        assert not [line for line in lines if "127.0.0.1" in line and "#" not in line], file


def test_the_configuration_of_a_server_is_sound(tmp_path: Path) -> None:
    fit = DEPLOY / "fit-config.sh"
    run("sh", fit, ROOT / "config", tmp_path / "etc", "/var/lib/shouwang")
    settings = load(tmp_path / "etc/watcher.yaml", {}, targets=False)
    assert (str(settings.state), settings.listen.host) == ("/var/lib/shouwang", "127.0.0.1")
    assert settings.database.reveal() == "sqlite:////var/lib/shouwang/watcher.sqlite"
    again = subprocess.run(
        ["sh", fit, ROOT / "config", tmp_path / "etc", "/x"], check=False, capture_output=True
    )
    assert again.returncode == 3, "a configuration that is there is never written over"


@needs("nginx")
@needs("openssl")
def test_nginx_finds_the_reverse_proxy_sound(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x"]
    run("openssl", *request, "-keyout", key, "-out", certificate)
    text = (DEPLOY / "nginx/shouwang.conf").read_text("utf-8")
    text = text.replace("/etc/nginx/tls/shouwang.crt", str(certificate))
    text = text.replace("/etc/nginx/tls/shouwang.key", str(key))
    (tmp_path / "shouwang.conf").write_text(text, "utf-8")
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ access_log off; include shouwang.conf; }}\n"
    )
    run("nginx", "-t", "-q", "-e", tmp_path / "log", "-c", main)


# -- offline -----------------------------------------------------------------------------------

SCRIPTS = sorted([*DEPLOY.glob("**/*.sh")])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_a_script_is_executable_and_of_sound_shell(script: Path) -> None:
    run("sh", "-n", script)
    assert os.access(script, os.X_OK)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    if "error sending request" in done.stderr or "network" in done.stderr:
        pytest.skip("the build backend (hatchling) cannot be fetched here")
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_program(wheel: Path) -> None:
    tracked = run("git", "ls-files", "watcher", "collectors", "alerts").split("\n")
    wanted = {file for file in tracked if file and (ROOT / file).is_file()}
    with zipfile.ZipFile(wheel) as opened:
        assert wanted <= set(opened.namelist())
    kinds = {Path(file).suffix for file in wanted}
    assert {".html", ".css", ".yaml", ".npz", ".tsv"} <= kinds, "data, templates, declarative ones"


@pytest.mark.slow
def test_the_program_runs_from_its_wheel_without_a_network(wheel: Path, tmp_path: Path) -> None:
    """Our package alone; the libraries are those that are installed here."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(site)
    run("sh", DEPLOY / "fit-config.sh", ROOT / "config", tmp_path / "etc", tmp_path / "state")
    nowhere = "http://127.0.0.1:9"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(site),
        "SHOUWANG_CONFIG": str(tmp_path / "etc/watcher.yaml"),
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
    }
    (tmp_path / "names.txt").write_text("三亚市公安局\n", "utf-8")
    program = "import watcher.cli; print(watcher.cli.__file__); watcher.cli.main()"
    for words in (
        ["migrate"],
        ["names", "score", "--protected", "names.txt", "--candidates", "names.txt"],
        ["collectors", "list"],
        ["backup", "b.tar.gz"],
    ):
        said = run(sys.executable, "-c", program, *words, cwd=tmp_path, env=environ)
        assert str(site) in said.splitlines()[0]
    assert (tmp_path / "b.tar.gz").is_file()


def test_the_lock_gives_every_dependency_with_its_hash(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    words = ["export", "--quiet", "--frozen", "--offline", "--no-dev", "--no-emit-project"]
    run(uv, *words, "--format", "requirements-txt", "--output-file", tmp_path / "r.txt")
    text = (tmp_path / "r.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    assert len(lines) > 60
    assert all("--hash=sha256:" in line for line in lines)


def test_documents_name_files_that_exist() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (DEPLOY / name).read_text("utf-8")
        for found in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (DEPLOY / found).exists(), (name, found)
        for found in re.findall(r"`(deploy/[A-Za-z0-9_./-]+)`", text):
            assert (ROOT / found).exists() or found.startswith("deploy/container/run"), found
