#include "gateway/visits/notices.h"

static const GwNotice notices[] = {
    { "recorded", "您好。本次会见全程录音录像，工作人员可能在线查看。请遵守会见规定。",
      "Hello. This visit is recorded, in sound and picture, and an officer may observe it. Please keep to the rules.",
      false, false },
    { "not-recorded", "您好。本次会见不录音、不录像，工作人员不旁听、不旁观。",
      "Hello. This visit is not recorded, and nobody observes it.", false, false },
    { "five-minutes", "离会见结束还有五分钟。", "Five minutes are left.", false, false },
    { "one-minute", "离会见结束还有一分钟，请准备道别。", "One minute is left. Please say goodbye.", false, false },
    { "paused", "会见已暂停，请稍候，暂停的时间不计入会见时间。",
      "The visit is paused. Please wait. The pause does not count against your time.", false, true },
    { "resumed", "会见继续。", "The visit goes on.", false, true },
    { "ended", "会见结束。", "The visit has ended.", false, true },
    { "permitted-topics", "请谈论允许的话题，否则会见将被中止。",
      "Please keep to permitted topics, or the visit will be stopped.", true, true },
    { "no-coded-language", "请不要使用暗语、隐语或手势。", "Please do not use coded language or signs.", true, true },
    { "approved-persons-only", "只有经过批准的人员可以参加会见，请其他人离开画面。",
      "Only approved persons may take part. Everybody else, please leave the picture.", true, true },
    { "keep-device-still", "请保持设备稳定，让面部在画面中央。",
      "Please keep the device still, with your face in the middle of the picture.", true, true },
    { "no-filming", "请不要拍照、录音、录像或转播。", "Please do not photograph, film, record or pass on this visit.",
      true, true },
    { "behave", "请注意言行，保持平静，文明会见。", "Please stay calm and mind your words and conduct.", true, true },
    { "speak-up", "请用普通话或已登记的语言交谈，声音清楚一些。",
      "Please speak clearly, in the language that was registered for this visit.", true, true },
    { "last-warning", "这是最后一次警告：再次违反规定，会见将立即结束。",
      "This is the last warning: if the rules are broken again, the visit ends at once.", true, true },
    { 0 },
};

static const GwEndCause end_causes[] = {
    { "completed", "时间已到", "The time is up" },
    { "rule-broken", "违反会见规定", "A rule was broken" },
    { "identity", "身份不符", "The identity does not match" },
    { "technical", "技术故障", "A technical fault" },
    { "emergency", "紧急情况", "An emergency" },
    { "no-show", "未按时到场", "Somebody did not come" },
    { "party-lost", "一方掉线未恢复", "One side was lost and did not come back" },
    { "withdrawn", "会见取消", "The visit was withdrawn" },
    { "other", "其他原因", "Another reason" },
    { 0 },
};

const GwNotice *
gw_notices_get_all(void)
{
    return notices;
}

const GwNotice *
gw_notices_find(const char *name)
{
    for (const GwNotice *notice = notices; notice->name != NULL; notice++) {
        if (g_strcmp0(notice->name, name) == 0)
            return notice;
    }
    return NULL;
}

const GwEndCause *
gw_end_causes_get_all(void)
{
    return end_causes;
}

bool
gw_end_cause_is_known(const char *cause)
{
    for (const GwEndCause *row = end_causes; row->cause != NULL; row++) {
        if (g_strcmp0(row->cause, cause) == 0)
            return true;
    }
    return false;
}
