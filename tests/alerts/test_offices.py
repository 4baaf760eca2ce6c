from pathlib import Path

import pytest

from alerts.deliver import SecretError, resolver
from alerts.offices import OfficesError, load_offices
from alerts.routing import Secret, targets_for
from watcher.model import Role, Unit

ROOT = Path(__file__).parents[2]
GOOD = """
targets:
  city: {kind: wecom, token: {env: CITY}, base_url: "http://127.0.0.1:9000/"}
  edu: {kind: dingtalk, token: {file: edu.token}, secret: {env: EDU_SECRET}}
  hook: {kind: webhook, url: "http://127.0.0.1:9000/hook"}
offices:
  city_office: {name: 三亚市人民政府办公室, targets: [city]}
  education_office: {name: 三亚市教育局办公室, parent: city_office, targets: {S: edu}}
units:
  三亚市教育局: {targets: {C: [edu, hook]}}
roles: {A: city_office}
fallback: hook
"""
BAD = """
targts: {}
targets:
  a: {kind: wecomm, token: {env: A}}
  b: {kind: wecom, token: do-not-repeat-me}
  c: {kind: webhook, url: "ftp://x/y"}
  d: {kind: mail, url: "mailto://user:do-not-repeat-me@example.cn"}
  e: {kind: dingtalk, token: {env: E}, secrt: {env: F}}
  f: {kind: feishu}
  g: {kind: apprise, url: "tgram://do-not-repeat-me/1"}
  h: {kind: wecom, token: {env: H}, base_url: "gopher://x"}
offices:
  city_office: {name: 市办, parent: district, targets: [hh]}
  district: {name: 区办, parent: city_office, targets: {X: [h]}}
  lost: {parent: city_ofice, targets: 5}
roles: {A: city_ofice, Q: city_office}
"""


def write(tmp_path, text):
    path = tmp_path / "offices.yaml"
    path.write_text(text, "utf-8")
    return path


def mistakes(tmp_path, text):
    with pytest.raises(OfficesError) as caught:
        load_offices(write(tmp_path, text))
    return caught.value.mistakes


def test_a_good_file_is_read(tmp_path):
    made = load_offices(write(tmp_path, GOOD))
    assert made.targets["city"].token == Secret("env", "CITY")
    assert made.targets["city"].base_url == "http://127.0.0.1:9000"
    assert made.offices["education_office"].targets == {Role.SUPERVISOR: ("edu",)}
    unit = Unit("edu", "三亚市教育局", daily_supervisor="education_office")
    assert targets_for(Role.CONTACT, unit, made) == ("edu", "hook")
    assert targets_for(Role.LEAD, unit, made) == ("city",)
    assert made.fallback == ("hook",)


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("targts", "是否指“targets”？"),
        ("targets.a.kind", "是否指“wecom”？"),
        ("targets.b.token", "{env: 变量名} 或 {file: 路径}"),
        ("targets.c.url", "须以 http:// 或 https:// 开头"),
        ("targets.d.url", "可能含有密钥"),
        ("targets.e.secrt", "是否指“secret”？"),
        ("targets.f.token", "feishu 必须写这一项"),
        ("targets.g.url", "可能含有密钥"),
        ("targets.h.base_url", "http:// 或 https://"),
        ("offices.city_office.targets", "没有这个推送目标"),
        ("offices.city_office.parent", "上级绕成了一圈：city_office → district → city_office"),
        ("offices.district.targets.X", "不认识的角色"),
        ("offices.lost.name", "必须写"),
        ("offices.lost.parent", "是否指“city_office”？"),
        ("offices.lost.targets", "若干名称的列表"),
        ("roles.A", "是否指“city_office”？"),
        ("roles.Q", "不认识的角色"),
        ("fallback", "至少要有一个推送目标"),
    ],
)
def test_every_mistake_is_reported_at_once_with_file_place_and_hint(tmp_path, path, hint):
    found = mistakes(tmp_path, BAD)
    start = f"{tmp_path / 'offices.yaml'}: {path}: "
    assert any(line.startswith(start) and hint in line for line in found), found


def test_no_mistake_repeats_a_secret(tmp_path):
    assert not any("do-not-repeat-me" in line for line in mistakes(tmp_path, BAD))


@pytest.mark.parametrize("text", ["a: [", "- 1", "targets: 3", "fallback: {a: b}", "", "\x00"])
def test_a_file_that_is_no_configuration_gets_a_clear_answer(tmp_path, text):
    assert mistakes(tmp_path, text)


def test_a_missing_file_gets_a_clear_answer(tmp_path):
    with pytest.raises(OfficesError, match="不能读取"):
        load_offices(tmp_path / "none.yaml")


def test_the_example_configuration_of_sanya_is_right():
    made = load_offices(ROOT / "config" / "offices.yaml")
    wanted = "city haitang jiyang tianya yazhou yucai police tourism education health hrss"
    wanted += " transport market emergency"
    assert {f"{name}_office" for name in wanted.split()} | {"operator"} <= set(made.offices)
    assert made.offices["city_office"].name == "三亚市人民政府办公室"
    assert all(made.roles[role] for role in (Role.CITY, Role.OPERATOR))
    assert made.fallback


def test_secrets_come_from_environment_and_files_and_their_absence_names_the_place(tmp_path):
    (tmp_path / "edu.token").write_text("tok-1\n", "utf-8")
    resolve = resolver({"CITY": "key-1"}, tmp_path)
    assert resolve(Secret("env", "CITY")) == "key-1"
    assert resolve(Secret("file", "edu.token")) == "tok-1"
    with pytest.raises(SecretError, match="EDU_SECRET is not set"):
        resolve(Secret("env", "EDU_SECRET"))


def test_no_representation_shows_an_address(tmp_path):
    assert "127.0.0.1:9000/hook" not in repr(load_offices(write(tmp_path, GOOD)).targets["hook"])


def test_a_text_message_needs_a_key_a_number_and_a_signature(tmp_path):
    rest = "offices: {o: {name: 监测运维, targets: [a]}}\nroles: {O: o}\nfallback: [a]\n"
    file = tmp_path / "offices.yaml"
    good = "a: {kind: sms, token: {env: K}, to: {env: N}, sign: 【三亚市政府办】}"
    file.write_text(
        f"targets:\n  {good}\n  m: {{kind: mail, url: {{env: M}}, pictures: true}}\n{rest}"
    )
    targets = load_offices(file).targets
    assert (targets["a"].to, targets["a"].sign) == (Secret("env", "N"), "三亚市政府办")
    assert (targets["a"].pictures, targets["m"].pictures) == (False, True)
    bad = "a: {kind: sms, token: {env: K}, to: '13800001111', sign: 三}"
    file.write_text(
        f"targets:\n  {bad}\n  d: {{kind: dingtalk, token: {{env: D}}, pictures: true}}\n{rest}"
    )
    with pytest.raises(OfficesError) as caught:
        load_offices(file)
    said = "\n".join(caught.value.mistakes)
    assert "13800001111" not in said
    for path in ("targets.a.to", "targets.a.sign", "targets.d.pictures"):
        assert path in said
