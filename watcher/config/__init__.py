"""All configuration: read from files and environment, every mistake found in one go."""

from watcher.config.load import default_paces, load
from watcher.config.reading import source_settings
from watcher.config.values import (
    ConfigError,
    DeadMan,
    Dispatch,
    LinkSettings,
    Listen,
    MetricsSettings,
    Secret,
    Settings,
)
from watcher.mistakes import Mistake

__all__ = [
    "ConfigError",
    "DeadMan",
    "Dispatch",
    "LinkSettings",
    "Listen",
    "MetricsSettings",
    "Mistake",
    "Secret",
    "Settings",
    "default_paces",
    "load",
    "source_settings",
]
