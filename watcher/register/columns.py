"""The columns of a register file: the headings of the filing form and the ledger."""

from __future__ import annotations

import re
import unicodedata

from watcher.model import FiledState, UnitKind

# field -> Chinese heading written on export, then others understood
HEADINGS: dict[str, tuple[str, ...]] = {
    "key": ("账号编号",),
    "name": ("账号名称", "新媒体名称"),
    "platform": ("账号类型", "平台", "新媒体类型"),
    "platform_id": ("平台ID", "账号ID", "UID"),
    "url": ("访问链接", "链接"),
    "unit_key": ("单位编号",),
    "unit_name": ("主办单位", "单位名称"),
    "unit_kind": ("单位类别",),
    "filed_subject": ("账号主体",),
    "daily_supervisor": ("日常主管单位", "主管单位"),
    "approval_authority": ("审批机关",),
    "first_reviewer": ("初审机关",),
    "lead_name": ("工作负责人", "工作负责人姓名"),
    "lead_post": ("工作负责人职务",),
    "lead_phone": ("工作负责人电话", "工作负责人联系电话"),
    "contact_name": ("工作联系人", "工作联系人姓名"),
    "contact_post": ("工作联系人职务",),
    "contact_phone": ("工作联系人电话", "工作联系人联系电话"),
    "section": ("负责科室",),
    "email": ("电子邮箱", "邮箱"),
    "opened_on": ("创建日期", "注册日期", "创建/注册日期"),
    "approval": ("审批文号",),
    "approved_on": ("审批日期",),
    "filed_on": ("备案日期",),
    "verified": ("认证", "是否通过认证"),
    "followers": ("粉丝量", "关注量/粉丝量", "关注量"),
    "filed_state": ("运行状态",),
    "reason": ("理由", "开设、变更、关停、整合理由"),
    "exemptions": ("豁免",),
    "sources": ("采集源",),
    "enabled": ("启用采集", "启用"),
    "note": ("备注",),
}
IGNORED = ("序号", "最近更新", "最近采集", "未结问题数", "本季发布数", "本季最长间隔")
UNIT_FIELDS = (
    "unit_key",
    "unit_name",
    "unit_kind",
    "daily_supervisor",
    "approval_authority",
    "first_reviewer",
)

PLATFORMS = {
    "weibo": "新浪微博",
    "wechat_service": "微信服务号",
    "wechat_subscription": "微信订阅号",
    "wechat_miniprogram": "微信小程序",
    "wechat_channels": "微信视频号",
    "meipian": "美篇",
    "app": "移动客户端（APP）",
    "douyin": "抖音短视频",
    "kuaishou": "快手短视频",
    "weishi": "腾讯微视",
    "toutiao": "今日头条",
    "renminhao": "人民号",
    "baijiahao": "百家号",
    "neteasehao": "网易号",
    "sohuhao": "搜狐号",
    "dayuhao": "大鱼号",
    "yidianhao": "一点号",
    "pengpaihao": "澎湃号",
    "qiehao": "企鹅号",
    "nanfanghao": "南方号",
    "xiaohongshu": "小红书",
    "govsite": "政府网站",
    "other": "其他",
}
_OTHER_NAMES = {
    "微博": "weibo",
    "微信公众号": "wechat_subscription",
    "公众号": "wechat_subscription",
    "订阅号": "wechat_subscription",
    "服务号": "wechat_service",
    "小程序": "wechat_miniprogram",
    "视频号": "wechat_channels",
    "抖音": "douyin",
    "抖音号": "douyin",
    "快手": "kuaishou",
    "微视": "weishi",
    "头条号": "toutiao",
    "头条": "toutiao",
    "移动客户端": "app",
    "APP": "app",
    "网站": "govsite",
}
KINDS = {
    UnitKind.CITY_GOVERNMENT: "市政府",
    UnitKind.DISTRICT_GOVERNMENT: "区政府",
    UnitKind.DISTRICT_DEPARTMENT: "区政府部门",
    UnitKind.MANAGEMENT_COMMITTEE: "管委会",
    UnitKind.CITY_DEPARTMENT: "市政府部门",
    UnitKind.VERTICAL_DEPARTMENT: "垂直管理部门",
    UnitKind.STATUTORY_BODY: "法定机构",
    UnitKind.SOE: "国有企业",
    UnitKind.PUBLIC_INSTITUTION: "事业单位",
    UnitKind.INTERNAL_ORGAN: "内设机构",
    UnitKind.OTHER: "其他",
}
STATES = {
    FiledState.ACTIVE: "正常",
    FiledState.SUSPENDED: "关停",
    FiledState.NOTICE_PERIOD: "公告期",
    FiledState.DEREGISTERED: "注销",
}


def plain(text: str) -> str:
    """A heading or a word as it is compared: no spaces, no marks, one width, lower case."""
    return re.sub(r"[\s_./·:：*（）()]+", "", unicodedata.normalize("NFKC", text)).lower()


FIELD_OF = {
    plain(heading): field for field, headings in HEADINGS.items() for heading in (*headings, field)
}
PLATFORM_OF = {plain(word): code for code, name in PLATFORMS.items() for word in (code, name)} | {
    plain(word): code for word, code in _OTHER_NAMES.items()
}
KIND_OF = {plain(word): kind for kind, name in KINDS.items() for word in (kind.value, name)}
STATE_OF = {plain(word): state for state, name in STATES.items() for word in (state.value, name)}
