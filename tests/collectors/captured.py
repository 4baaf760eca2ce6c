"""Real answers of platforms that were captured by others: where they are, and tests that need them.

The captures are no part of the repository. SHOUWANG_CAPTURES names their folder; else they are
looked for beside the repository.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "captures"
CAPTURES = Path(os.environ.get("SHOUWANG_CAPTURES") or _BESIDE)
NEEDS_CAPTURES = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")
