"""Collectors as data: a YAML file in the seven features of README.md, and one engine for all."""

from collectors.declarative.examine import Step, Told, examine
from collectors.declarative.load import json_schema, read_spec, shipped
from collectors.declarative.making import collector_from
from collectors.declarative.spec import Spec

__all__ = [
    "Spec",
    "Step",
    "Told",
    "collector_from",
    "examine",
    "json_schema",
    "read_spec",
    "shipped",
]
