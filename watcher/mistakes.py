"""What is wrong with a file people write: where, what, and what may have been meant."""

from __future__ import annotations

import errno
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: the file, the field inside it, what is wrong, what would be right."""

    file: str
    path: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.message}" + (f"（{self.suggestion}）" if self.suggestion else "")


def meant(word: object, known: Iterable[str]) -> str:
    """A suggestion for a word that is not known, or the empty string."""
    near = get_close_matches(str(word), list(known), 1)
    return f"是否指“{near[0]}”？" if near else ""


# What the system says when a file cannot be used, in the reader's language.
_SYSTEM = {
    errno.ENOENT: "没有这个文件",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.ENAMETOOLONG: "文件名太长",
    errno.ELOOP: "符号链接绕成了一圈",
    errno.EIO: "磁盘读写出错",
}


def reason_of(error: OSError | ValueError) -> str:
    """Why a file could not be read or written, in Chinese; other ValueErrors say it themselves."""
    if isinstance(error, UnicodeDecodeError):
        return f"不是 UTF-8 编码（第 {error.start} 字节起），请另存为 UTF-8"
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0, f"系统错误 {error.errno}")
    return str(error)


_BOOL, _TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"


class Words(yaml.SafeLoader):
    """YAML as people mean it: `off` is a word, a day is text until somebody wants a day."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as its base class has it)
        first: [pair for pair in pairs if pair[0] not in (_BOOL, _TIMESTAMP)]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Loader(Words):
    """And the same key twice is refused (the second would silently win)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"“{key}”写了两次", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


Words.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$", re.I), list("tTfF"))


# What PyYAML complains of, and what people did; what is not here has the general advice.
_SYNTAX = (
    (r"mapping values are not allowed", "多了一个冒号，或缩进不对；值里有冒号时请加引号"),
    (r"'\\t' that cannot start", "缩进用了制表符，请改用空格"),
    (r"that cannot start any token", "值以特殊符号开头，请给它加引号"),
    (r"could not find expected ':'", "这一项缺冒号"),
    (r"unexpected end of stream", "引号或括号没有成对"),
    (r"expected ',' or", "括号没有成对，或缺逗号"),
    (r"expected <block end>|expected the node content", "缩进不对，或前面的列表、括号没有写完"),
    (r"found undefined alias|found duplicate anchor", "别名（* 或 &）没有定义或重复"),
    (r"unhashable key", "名称不能是列表或一组值"),
    (r"could not determine a constructor", "不认识的标签（以 ! 开头的词）"),
    (r"another document", "只能有一份文档，请去掉多余的 ---"),
)
_ADVICE = "不合 YAML 的写法，请检查缩进、冒号后的空格和引号"


def _syntax(error: Exception) -> str:
    """What is wrong with the syntax, with line and column where they are known."""
    if not isinstance(error, yaml.MarkedYAMLError):
        if isinstance(error, RecursionError):
            return "不是有效的 YAML：嵌套太深"
        odd = isinstance(error, yaml.reader.ReaderError)
        return "不是有效的 YAML：" + ("含有不可见的控制字符" if odd else "有一个值读不出来")
    mark, problem = error.problem_mark, f"{error.problem or ''} {error.context or ''}"
    where = f"第 {mark.line + 1} 行第 {mark.column + 1} 列：" if mark else ""
    if "写了两次" in problem:  # our own word
        return f"{where}{problem.strip()}"
    said = next((told for known, told in _SYNTAX if re.search(known, problem)), _ADVICE)
    return f"{where}不是有效的 YAML：{said}"


def load_yaml(text: str) -> Any:
    """The values of a YAML document. Raises ValueError with line and column where it is none."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(_syntax(error)) from error


def parse_yaml(
    text: str, name: str, loader_type: type[yaml.SafeLoader] = yaml.SafeLoader
) -> tuple[Any, tuple[Mistake, ...]]:
    """The values of a YAML text and every mistake of its syntax; never raises.

    Unlike `load_yaml` it names every key that is given twice. `name` is the file as mistakes
    call it.
    """
    try:
        loader = loader_type(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return {}, ()
            twice = tuple(_duplicates(node, name, "", frozenset()))
            return loader.construct_document(node), twice
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, (Mistake(name, "", _syntax(error)),)


def _duplicates(node: yaml.Node, name: str, path: str, above: frozenset[int]) -> Iterator[Mistake]:
    if id(node) in above:  # an alias may hold itself
        return
    above |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, name, f"{path}[{index}]", above)
    if isinstance(node, yaml.MappingNode):
        first: dict[Hashable, int] = {}
        for key, value in node.value:
            word, line = str(key.value), key.start_mark.line + 1
            here = f"{path}.{word}" if path else word
            if word in first:
                message = f"写了两次，在第 {first[word]} 行和第 {line} 行"
                yield Mistake(name, here, message, "留下其中一个")
            first.setdefault(word, line)
            yield from _duplicates(value, name, here, above)
