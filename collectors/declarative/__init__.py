"""Collectors as data: a YAML file in the seven features of README.md, and one engine for all."""

from collectors.declarative.load import json_schema, read_spec, shipped
from collectors.declarative.making import collector_from
from collectors.declarative.spec import Spec

__all__ = ["Spec", "collector_from", "json_schema", "read_spec", "shipped"]
