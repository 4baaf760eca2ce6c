"""YAML into plain values, with every syntax mistake and duplicate key noted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watcher.config.values import ConfigError, Secret
from watcher.mistakes import Mistake, meant, parse_yaml, reason_of

LARGEST = 4 << 20  # bytes; no configuration file is larger


def read_yaml(path: Path) -> tuple[Any, tuple[Mistake, ...]]:
    """The content of a YAML file, and what is wrong with it; never raises."""
    try:
        if path.stat().st_size > LARGEST:
            return None, (Mistake(path.name, "", f"超过 {LARGEST >> 20} MiB，不是配置文件"),)
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None, (Mistake(path.name, "", "没有这个文件", f"查找的位置：{path}"),)
    except UnicodeDecodeError as error:
        return None, (
            Mistake(path.name, "", f"不是 UTF-8 编码（第 {error.start} 字节起），请另存为 UTF-8"),
        )
    except OSError as error:
        return None, (Mistake(path.name, "", f"不能读取：{reason_of(error)}"),)
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
        return wrong(f"{kind}: 后面要写名称")
    if kind == "env":
        if not env.get(target):
            message = f"环境变量 {target} 没有设置"
            return wrong(message, meant(target, env) or "请在程序启动前设置")
        return Secret(env[target]), ()
    try:
        text = (folder / target).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "不是文本"
        return wrong(f"密钥文件 {folder / target} 不能读取：{reason}")
    return (Secret(text), ()) if text else wrong(f"密钥文件 {folder / target} 是空的")


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
