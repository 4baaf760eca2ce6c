import re
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.merge import LISTED, belated, merge_letters, pointing
from alerts.message import SMS
from alerts.routing import letters
from tests.alerts.examples import ACCOUNT, CAL, OFFICES, at, blind, case, dossier, finding
from watcher.model import Level, Notice, Role, Trouble, Why


def letter(n=0, rule="UPD-02", level=Level.YELLOW, why=Why.FIRST, known=None, digest=False):
    account = replace(ACCOUNT, key=f"weibo-{n}", name=f"三亚教育{n}")
    known = replace(known or dossier(), account=account)
    roles = (Role.OPERATOR if rule.startswith("SYS") else Role.CONTACT,)
    said = case(finding(rule, level, account=account.key), told_at=at(11, 23), closed_at=at(11, 23))
    notice = Notice(said, why, () if digest else roles, (Role.SUPERVISOR,) if digest else ())
    (made,) = letters(notice, known, OFFICES, CAL, at(11, 23, 8))
    return made


def test_a_letter_alone_goes_as_it_is():
    one = letter()
    made = merge_letters([one])
    assert (made.title, made.body, made.short, made.key) == (
        one.title,
        one.body,
        one.short,
        one.key,
    )


def test_fifty_blind_accounts_are_one_message():
    many = [letter(n, "SYS-01", Level.OPERATOR, known=blind()) for n in range(49)]
    many.append(letter(49, "SYS-01", Level.OPERATOR, known=blind(trouble=Trouble.UNREADABLE)))
    made = merge_letters(many)
    assert made.title == "【采集异常】新浪微博50个账号未成功采集"
    assert "【采集异常】新浪微博50个账号超过14小时未成功采集（原因：" in made.body
    assert "验证码或限流" in made.body
    assert "页面改版" in made.body
    assert "期间不对单位发更新类告警。" in made.body
    assert made.body.count("（14小时）") == 50
    assert len(made.short) <= SMS


def test_a_few_letters_alike_keep_their_whole_text():
    few = [letter(n) for n in range(3)]
    made = merge_letters(few)
    assert made.title == "【更新预警】3个账号"
    assert all(each.body in made.body for each in few)
    assert made.body.startswith("【更新预警】经监测，以下3个账号有同类情形：\n1. ")


def test_many_letters_alike_become_a_list_with_every_account_and_number():
    many = [letter(n) for n in range(50)]
    made = merge_letters(many)
    assert all(f'"三亚教育{n}"（新浪微博）' in made.body for n in range(50))
    assert all(each.key in made.body for each in many)
    assert made.body.splitlines()[-1].startswith("编号：合并50-")


def test_a_list_that_is_cut_says_so():
    made = merge_letters([letter(n) for n in range(LISTED + 7)])
    assert "……另有7项，见监测台账。" in made.body


def test_the_digest_counts_by_level_and_lists_the_worst_first():
    many = [
        letter(1, digest=True),
        letter(2, "UPD-05", Level.ORANGE, digest=True),
        letter(3, "UPD-02", Level.YELLOW, digest=True),
        letter(4, why=Why.RESOLVED, digest=True),
    ]
    made = merge_letters(many)
    lines = made.body.splitlines()
    assert (
        lines[0] == "【监测日报】11月23日9时，本辖区政务新媒体监测事项4项：橙1项、黄2项、销号1项。"
    )
    assert lines[1].startswith('1. 〔橙〕"三亚教育2"（新浪微博）')
    assert lines[4] == "已销号："
    assert made.title == "【监测日报】11月23日共4项"
    assert made.level is Level.ORANGE


def test_a_digest_of_one_is_a_digest_all_the_same():
    assert merge_letters([letter(digest=True)]).title == "【监测日报】11月23日共1项"


def test_the_same_letters_in_any_order_have_the_same_key():
    many = [letter(n) for n in range(4)]
    assert merge_letters(many).key == merge_letters(many[::-1]).key
    assert merge_letters(many).key != merge_letters(many[1:]).key


@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_message_that_may_have_gone_already_says_so(count):
    many = [letter(n) for n in range(count)]
    many[0] = replace(many[0], possibly_sent=True)
    assert "如已收到同编号通知，请忽略本条" in merge_letters(many).body


def test_what_leaves_a_day_late_says_so_and_from_when_its_term_counts():
    one = replace(letter(), case_id=7)
    made = merge_letters([one])
    assert belated(made, [one], one.not_before + timedelta(days=1)) == made
    late = belated(made, [one], one.not_before + timedelta(days=9))
    said = "（本通知原定于11月23日8时02分发出，今迟发；所述为当时情况，所列期限自收到之日起算。）"
    assert late.body == f"{made.body}\n{said}"
    over = replace(one, why=Why.RESOLVED)
    assert "期限" not in belated(made, [over], one.not_before + timedelta(days=9)).body[-40:]


def test_resolved_blindness_is_not_reported_as_blindness():
    many = [letter(n, "SYS-01", Level.OPERATOR, Why.RESOLVED, blind()) for n in range(6)]
    assert merge_letters(many).title == "【销号】6个账号"


def test_nothing_is_no_message():
    with pytest.raises(ValueError, match="no letters"):
        merge_letters([])


def test_one_silence_that_breaks_several_rules_is_one_message_with_counts():
    red = [letter(n, "UPD-04", Level.RED) for n in range(4)]
    rest = [letter(n, "UPD-02") for n in range(10, 26)]
    made = merge_letters([*rest, *red])
    assert made.title == "【监测通知】20项：更新预警16项、告警4项"
    lines = made.body.splitlines()
    assert lines[0] == "【监测通知】经监测，以下20项（更新预警16项、告警4项）："
    assert lines[1].startswith("1. 〔告警〕")
    assert len(made.short) <= SMS


def test_a_list_names_no_more_than_fit_one_post_and_counts_the_others():
    many = [letter(n) for n in range(50)]
    made = merge_letters(many, lambda message: len(message.body) < 2000)
    assert made.title == "【更新预警】50个账号"
    assert len(made.body) < 2000
    named = made.body.count("（编号：")
    assert 10 <= named < 50
    assert f"……另有{50 - named}项，见监测台账。" in made.body
    assert merge_letters(many, lambda message: False).body.count("（编号：") == 5


def test_a_message_with_a_link_points_to_it_for_what_it_left_out():
    made = merge_letters([letter(n) for n in range(50)], lambda message: len(message.body) < 2000)
    said = pointing(made.body)
    assert "见监测台账" not in said
    assert re.search(r"\n……另有\d+项，见文末链接。\n", said)
    assert pointing("名为“……另有3项，见监测台账。”的账号") == "名为“……另有3项，见监测台账。”的账号"


def test_a_list_says_that_it_is_told_again():
    many = [letter(n, why=Why.REMINDER) for n in range(8)]
    assert merge_letters(many).title == "【更新预警】（再次提醒）8个账号"


def test_a_list_of_late_cases_says_whose_they_are():
    late = [letter(n, "REC-01", Level.ORANGE) for n in range(8)]
    lines = merge_letters(late).body.splitlines()
    assert all(f"三亚教育{n}（新浪微博）：" in "".join(lines) for n in range(8))
    again = [
        replace(each, title=f"【督办】（再次提醒）三亚教育{n}（新浪微博）")
        for n, each in enumerate(late)
    ]
    assert "1. 三亚教育" in merge_letters(again).body
