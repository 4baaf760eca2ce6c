"""The whole catalogue of rules with the law they rest on, what is built and what is not.

The articles are the regulation's own sentences; of national documents only the titles are kept.
Whether a rule is on, and its figures, are config/rules.yaml's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from watcher.mistakes import load_yaml

LAW = "《三亚市政务新媒体管理办法》"


@dataclass(frozen=True, slots=True)
class Article:
    """One article, or one item of it, quoted."""

    title: str  # 第七条（一）
    text: tuple[str, ...]  # paragraphs


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule of the catalogue. `severity` is its level as the catalogue writes it."""

    rule: str
    name: str
    severity: str
    articles: tuple[Article, ...] = ()
    documents: tuple[str, ...] = ()  # titles


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Entry]:
    """Every rule there is or ought to be, in the order of the catalogue."""
    data = load_yaml((Path(__file__).parent / "catalogue.yaml").read_text(encoding="utf-8"))
    articles = {
        key: Article(each["title"], tuple(each["text"])) for key, each in data["articles"].items()
    }
    return MappingProxyType(
        {
            rule: Entry(
                rule,
                each["name"],
                each["severity"],
                tuple(articles[key] for key in each["articles"]),
                tuple(data["documents"][key] for key in each["documents"]),
            )
            for rule, each in data["rules"].items()
        }
    )
