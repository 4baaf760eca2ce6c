"""Makes the dashboards of deploy/grafana, and pictures of them where no Grafana is at hand."""

from __future__ import annotations

import warnings

# The SDK would rather have the schema v2, which only Grafana 12 and later read, and not yet from
# provisioned files everywhere; the classic schema is read by every Grafana since 10.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
    # Imported here, so that it is said here and not wherever they are first needed.
    import grafana_foundation_sdk.builders.dashboard
    import grafana_foundation_sdk.builders.stat  # noqa: F401
