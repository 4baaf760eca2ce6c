"""An app that the register names by its id alone is read in the store the id is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.register import read_register


@pytest.mark.parametrize(
    ("ident", "collector"),
    [
        ("1690000001", "app_apple"),
        ("C105900001", "app_huawei"),
        ("com.sanya.zwt", "app_yyb"),
        ("三亚政务通", None),
    ],
)
def test_an_apps_id_tells_its_store(tmp_path: Path, ident: str, collector: str | None) -> None:
    file = tmp_path / "register.csv"
    head = "账号编号,账号名称,账号类型,主办单位,平台ID"
    file.write_text(f"{head}\napp-1,三亚政务通,移动客户端,三亚市大数据局,{ident}\n", "utf-8")
    (account,) = read_register(file).accounts
    assert [source.collector for source in account.sources] == ([collector] if collector else [])
    assert all(source.handle == ident for source in account.sources)
