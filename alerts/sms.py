"""Text messages through a gateway of 云片's shape: one form per number, an answer with a code."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from alerts.channels import fit
from alerts.robots import BUSY, Delivery, transport
from alerts.wire import Answer, Call

HOST = "https://sms.yunpian.com"
NUMBER = re.compile(r"\+?\d{5,15}")
# 3: no money; 4, 5, 7, 13: words or template refused; 10: number refused; 15, 16: signature;
# 1, 2, 11, 12, 14, 20, 27: form or account; -1 to -3: key, rights or address.
_WRONG = frozenset({-3, -2, -1, 1, 2, 3, 4, 5, 7, 10, 11, 12, 13, 14, 15, 16, 20, 27})
_HOUR = 3600.0
# 8, 9: the same words again too soon; 17, 22: the number's day or hour is full; 33, -4, -5: often.
_BUSY = {8: BUSY, 9: 300.0, 17: 6 * _HOUR, 22: _HOUR, 33: BUSY, -4: BUSY, -5: BUSY}


def sms_call(base: str, key: str, number: str, sign: str, short: str) -> Call:
    """The short text under the registered signature, as a form."""
    head = f"【{sign}】"
    (said, *_) = fit(short, "sms", head) or ("",)
    form = {"apikey": key, "mobile": number, "text": head + said}
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    body = urlencode(form, errors="replace").encode()
    return Call(f"{base}/v2/sms/single_send.json", body, headers={"Content-Type": kind})


def judge_sms(answer: Answer) -> Delivery:
    """The gateway answers 400 with a code when it refuses, so the code is read first."""
    found = answer.json()
    code, text = found.get("code"), str(found.get("msg") or "")[:200]
    if code == 0 and not isinstance(code, bool) and 200 <= answer.status < 300:
        return Delivery(True, str(found.get("sid") or "")[:100])
    if not isinstance(code, int) or code == 0:
        return transport(answer) or Delivery(False, "", "回答不是短信网关的格式")
    # What it says may repeat the number: people's telephones stand in no log.
    error = re.sub(r"\d{5,}", "***", f"code {code} {text}".strip())
    return Delivery(False, "", error, code in _WRONG, _BUSY.get(code))
