"""A page that is an empty shell until its script has asked for what it shows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from watcher.replica.portals.common import document
from watcher.replica.web import Answer

# Each call is an address, or an address and the form that is posted to it.
_SCRIPT = """<script>
%s.forEach(function (call) {
  var posted = typeof call === "string" ? {} : {method: "POST", body: call[1], headers:
    {"content-type": "application/x-www-form-urlencoded"}};
  fetch(typeof call === "string" ? call : call[0], posted)
    .then(function (r) { return r.text(); }).then(function () {}, function () {});
});
</script>"""


def shell(title: str, calls: Sequence[str | tuple[str, str]], body: str = "") -> Answer:
    """The page; `body` is HTML that is there from the start."""
    script = _SCRIPT % json.dumps(calls).replace("</", "<\\/")
    return document(title, f'<div id="app"></div>{body}{script}')
