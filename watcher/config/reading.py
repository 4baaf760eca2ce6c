"""YAML into plain values, with every syntax mistake and duplicate key noted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watcher.config.values import ConfigError, Secret
from watcher.mistakes import Mistake, meant, parse_yaml

LARGEST = 4 << 20  # bytes; no configuration file is larger


def read_yaml(path: Path) -> tuple[Any, tuple[Mistake, ...]]:
    """The content of a YAML file, and what is wrong with it; never raises."""
    try:
        if path.stat().st_size > LARGEST:
            return None, (Mistake(path.name, "", f"is larger than {LARGEST >> 20} MiB"),)
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None, (Mistake(path.name, "", "file not found", f"looked for {path}"),)
    except UnicodeDecodeError as error:
        return None, (Mistake(path.name, "", f"is not UTF-8 (byte {error.start})"),)
    except OSError as error:
        return None, (Mistake(path.name, "", f"cannot be read: {error.strerror}"),)
    return parse_yaml(text, path.name)


def resolve_secrets(
    value: Any, env: Mapping[str, str], folder: Path, name: str, path: str = ""
) -> tuple[Any, tuple[Mistake, ...]]:
    """Replace each `{env: NAME}` and `{file: PATH}` by the Secret it points to.

    What cannot be resolved becomes an empty Secret and a mistake. A path is taken from `folder`;
    the line break at the end of a secret file is not part of the secret.
    """
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("env", "file"):
        return _secret(*next(iter(value.items())), env, folder, name, path)
    mistakes: list[Mistake] = []

    def deeper(item: Any, where: str) -> Any:
        found, wrong = resolve_secrets(item, env, folder, name, where)
        mistakes.extend(wrong)
        return found

    if isinstance(value, dict):
        value = {k: deeper(v, f"{path}.{k}" if path else str(k)) for k, v in value.items()}
    elif isinstance(value, list):
        value = [deeper(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return value, tuple(mistakes)


def _secret(
    kind: str, target: Any, env: Mapping[str, str], folder: Path, name: str, path: str
) -> tuple[Secret, tuple[Mistake, ...]]:
    def wrong(message: str, suggestion: str = "") -> tuple[Secret, tuple[Mistake, ...]]:
        return Secret(""), (Mistake(name, path, message, suggestion),)

    if not isinstance(target, str) or not target:
        return wrong(f"{kind}: needs a name")
    if kind == "env":
        if not env.get(target):
            message = f"environment variable {target} is not set"
            return wrong(message, meant(target, env) or "set it before the program starts")
        return Secret(env[target]), ()
    try:
        text = (folder / target).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is not text"
        return wrong(f"secret file {folder / target} cannot be read: {reason}")
    return (Secret(text), ()) if text else wrong(f"secret file {folder / target} is empty")


def source_settings(
    settings: Mapping[str, Any], env: Mapping[str, str], folder: Path, account: str
) -> Mapping[str, Any]:
    """A source's settings as its collector wants them: every reference replaced by its secret.

    Settings come from the register, which holds references only; this is called just before a
    reading. Raises ConfigError naming `account` where a secret is not there.
    """
    found, wrong = resolve_secrets(dict(settings), env, folder, account, "settings")
    if wrong:
        raise ConfigError(wrong)
    revealed: Mapping[str, Any] = _revealed(found)
    return revealed


def _revealed(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {key: _revealed(item) for key, item in value.items()}
    return [_revealed(item) for item in value] if isinstance(value, list) else value
