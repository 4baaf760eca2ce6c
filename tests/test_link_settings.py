"""public_url, links, silences and alive in watcher.yaml; the key that signs links."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from watcher.config import ConfigError, Settings, load
from watcher.link_key import KEY_FILE, signing_of
from watcher.model import Role

CONFIG = Path(__file__).parents[1] / "config"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copytree(CONFIG, tmp_path / "config")
    return tmp_path


def read(folder: Path, more: str) -> Settings:
    path = folder / "config" / "watcher.yaml"
    text = (CONFIG / "watcher.yaml").read_text("utf-8")
    path.write_text(f"{text}\n{more}\n", "utf-8")
    return load(path, {"LINKS": KEY}, targets=False)


def wrong(folder: Path, more: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, more)
    return [f"{each.path}: {each.message}" for each in caught.value.mistakes]


def test_without_an_address_no_letter_has_a_link(folder: Path) -> None:
    settings = read(folder, "")
    assert settings.links is None
    assert signing_of(settings) is None
    assert settings.longest_silence == timedelta(days=30)
    assert settings.alive_roles == (Role.OPERATOR,)


def test_the_address_the_key_and_the_roles_are_taken(folder: Path) -> None:
    more = "public_url: https://w.example.cn/shouwang/\nlinks: {key: {env: LINKS}, valid: 2d}\n"
    settings = read(folder, more + "silences: {most: 4h}\nalive: {roles: [O, A, O]}")
    made = signing_of(settings)
    assert made is not None
    assert (made.key, made.public_url, made.valid) == (
        KEY,
        "https://w.example.cn/shouwang",
        timedelta(days=2),
    )
    assert settings.longest_silence == timedelta(hours=4)
    assert settings.alive_roles == (Role.OPERATOR, Role.CITY)
    assert KEY not in repr(settings)
    assert not (settings.state / KEY_FILE).exists()


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("public_url: watch.example.cn", "public_url"),
        ("public_url: 'https://w.cn/?a=b'", "public_url"),
        ("public_url: 'https://user:pass@w.cn'", "public_url"),
        ("public_url: 'https://w.cn/)](http://evil.cn'", "public_url"),
        (f"public_url: https://w.cn/{'a' * 200}", "public_url"),
        ("links: {valid: 3d}", "links"),
        ("public_url: https://w.cn\nlinks: {valid: 90d}", "links.valid"),
        (f"public_url: https://w.cn\nlinks: {{key: {KEY}}}", "links.key"),
        ("public_url: https://w.cn\nlinks: {key: {env: NONE}}", "links.key"),
        ("silences: {most: 400d}", "silences.most"),
        ("alive: {roles: [X]}", "alive.roles[0]"),
        ("alive: {role: [O]}", "alive.role"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Path, more: str, place: str) -> None:
    assert any(each.startswith(f"{place}: ") for each in wrong(folder, more)), wrong(folder, more)


def test_a_key_is_made_once_for_its_owner_alone(folder: Path) -> None:
    settings = read(folder, "public_url: https://w.example.cn")
    before = os.umask(0)
    try:
        first = signing_of(settings)
    finally:
        os.umask(before)
    path = settings.state / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert first is not None
    assert len(first.key) == 64
    assert signing_of(settings) == first
    assert [each.name for each in settings.state.iterdir()] == [KEY_FILE]


def test_a_key_file_that_holds_none_is_refused(folder: Path) -> None:
    settings = read(folder, "public_url: https://w.example.cn")
    settings.state.mkdir(parents=True)
    (settings.state / KEY_FILE).write_text("\n")
    with pytest.raises(OSError, match="签名密钥"):
        signing_of(settings)
