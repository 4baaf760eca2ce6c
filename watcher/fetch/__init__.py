"""The only code that reads the network: politely, inside given hosts, and never the inside."""

from watcher.fetch.reader import Fetcher, Reader
from watcher.fetch.settings import FetchSettings, Validators

__all__ = ["FetchSettings", "Fetcher", "Reader", "Validators"]
