"""The patterns behind `families`: how vendors spell and word each kind of trouble, in Chinese and English.

`CODE_*` are searched in codes read as words, `WEAK_*` in codes that say little, `FINISH_*` in finish reasons,
the others in the vendor's words. All without regard to case.
"""

from __future__ import annotations

CODE_REGION_BLOCKED = (
    r"country|territory|geo (block|restrict)|(region|location) (not|un|block|restrict|den|forbid)|"
    r"(unsupported|forbidden|blocked|restricted) (region|location|area)|legal reasons"
)
CODE_QUOTA_EXHAUSTED = (
    r"free (tier|quota|resource|trial|alloc|credit|pack|token|usage|limit)|arrear|overdue|"
    r"(insufficient|not enough|no|low|negative|out of) (account )?(balance|fund|credit|money)|"
    r"(balance|credit|fund)s? (is )?(insufficient|exhaust|not enough|deplet|low|empty|run out)|"
    r"spend(ing)? limit|usage limit|billing|payment required|resource pack|charge resource|prepaid|"
    r"postpaid|bill |commodity|subscription (expired|invalid|not|end|inactive)|invalid subscription|"
    r"(plan|package|trial|licen[cs]e|membership) (expired|ended|exhaust|invalid|used)|not purchased|"
    r"pack exhaust|(day|daily|hour|hourly|week|weekly|month|monthly) (\w+ )?(quota|limit)|\b(tpd|"
    r"rpd)\b|stop arrears|set limit exceeded|no resource"
)
CODE_CONTEXT_TOO_LONG = (
    r"context (length|window|size|overflow|limit|exceed)|out ?of ?context|exceed(ed|s)? (max |"
    r"the )?(context|token)|(token|character|prompt|input|message|text|content|length|body|payload|"
    r"entity|request)s? (is |are )?too (long|large|big|many)|too many (input |prompt )?tokens|"
    r"(request|payload|body|message|prompt|input) size|(max|"
    r"maximum) (context|input|prompt|seq)|input length|above max length|token limit exceeded|"
    r"input token"
)
CODE_CONTENT_BLOCKED = (
    r"content (filter|policy|risk|safety|security|moderation|block|violation|check|audit|illegal|"
    r"unsafe|exists risk)|moderation|sensitive|unsafe|inspection|illegal (content|text|image|detect)|"
    r"illegal detected|nsfw|safety|responsible ai|rule blocked|role blocked|infringement|risk (detect|"
    r"control|content)|prohibited|recitation|blocklist|censor|harmful|policy violation"
)
CODE_TRANSIENT = (
    r"overload|too busy|\bbusy\b|capacity|cluster|engine|service unavailable|temporarily unavailable|"
    r"\bunavailable\b|service (is )?not available|time ?out|timed out|deadline exceeded|upstream|"
    r"bad gateway|maintenance|"
    r"not ready|loading|network error|insufficient system|unexpected output|incomplete generation|"
    r"model serv|serving error|server error|internal (server|service)|service (error|failed)|"
    r"client closed|\bcancell?ed"
)
CODE_RATE_LIMITED = (
    r"rate ?limit|limit requests|requests? limit|rate (quota|exceed)|too many requests?|throttl|"
    r"\b(input |output )?[rtq]p[msh]\b|concurren|burst|slow down|in ?flight|frequen|too fast|"
    r"limit exceeded|exceeded limit|limit reached|over ?limit|over ?flow|flow control|\brate\b"
)
CODE_QUOTA_EXHAUSTED_2 = r"quota|exhaust|\bbalance\b|\bcredits?\b|\bfunds?\b|allowance"
CODE_BAD_REQUEST_OF_MODEL = (
    r"model (is )?(not (found|exist|support)|not exist|unsupported|offline|retired|deprecat|"
    r"decommission|removed|unknown|does not)|(no such|invalid|unknown|unsupported) model|"
    r"deployment not found|endpoint or model|no model"
)
CODE_AUTH_OF_MODEL = (
    r"model (access|permission|not (open|activ|authori|allow|enabled|subscri|purchas))|no (permission|"
    r"access) (for |to )?model|model id access"
)
CODE_AUTH = (
    r"api ?keys?|invalid (access |iam |auth |authentication )?(token|key|credential|signature|app ?id|"
    r"client)|(token|key|credential|secret|signature) (is )?(invalid|expired|missing|empty|not|error|"
    r"fail|mismatch|expire)|unauthori[sz]|un ?auth|not authori[sz]ed|no auth|auth(entication|"
    r"orization)? ?(fail|error|invalid|required|token)|authenticat|auth fail|signature|secret id|"
    r"credential|not (activated|opened?)|unpurchased|account (status|suspend|lock|disabl|deactiv|"
    r"frozen|banned|not|un|inactive|abnormal)|invalid account|real ?name|deactivated|login|ip (not|"
    r"address|denied|forbid)|iam|service not"
)
WEAK_BAD_REQUEST = (
    r"invalid|bad request|missing|malformed|unsupported|not support|validation|param|argument|"
    r"not found|no such|not exist|method not|unprocessable|mismatch|conflict|out of range|format|"
    r"not allowed"
)
WEAK_AUTH = r"access denied|forbidden|permission|denied|unauthenticated|\bauth|request forbidden|not allowed"
WEAK_TRANSIENT = (
    r"internal|system error|server|unknown|failed|failure|api error|exception|unexpected|generation|"
    r"\berror\b"
)
FINISH_CONTEXT_TOO_LONG = r"context|too long|window"
FINISH_CONTENT_BLOCKED = (
    r"filter|sensitive|safety|moderat|unsafe|block|recitation|risk|prohibit|inspection|violat|illegal|"
    r"refusal"
)
FINISH_TRANSIENT = r"error|fail|network|resource|overload|abort|timeout|cancel|busy|interrupt"
MINUTE = (
    r"\b[rtqc]p[msh]\b|\bqps\b|per[ _-]?(min|sec)|/ ?(min|sec|s\b|m\b)|requests? per|tokens? per (min|"
    r"sec)|每(一)?(分钟|秒)|/分钟|/秒|并发|concurren"
)
DAY = (
    r"\b[tr]pd\b|per 86400 ?s|byday\b|per[ _-]?day|/ ?day|\bdaily\b|\btoday|\btomorrow|this day|今日|"
    r"今天|当日|当天|每日|"
    r"每天|日(调用|限|配额|额度|上限)|明日|明天|次日"
)
ONE_MODEL = (
    r"\bfor (the )?\S{1,60} model\b|(quota|limit|tier|tokens?|trial|free)[^.]{0,40}\b(of|for) (the |"
    r"this |that )?model|(other|another|different) models?|该模型|此模型|当前模型|本模型|(其他|其它|"
    r"别的)模型|换(一)?个模型"
)
MONEY = (
    r"insufficient (account )?(balance|funds?|credits?|quota|resource pack)|(balance|credits?|"
    r"funds?)[^.]{0,24}\b(insufficient|not enough|too low|low|exhausted|depleted|negative|used up|"
    r"empty|run out|below|unpaid|overdue)|not enough (account )?(credits?|balance|funds?|quota|money)|"
    r"(out of|no( \w+){0,2}|zero|remaining|depleted( \w+){0,4}|exhausted( \w+){0,4}) (credits?|"
    r"balance|funds?|resource packages?)|"
    r"(n.t|not) have (enough|sufficient) (funds?|credits?|balance|quota)|arrear|overdue|in debt|"
    r"\b(0|zero|no) (free )?(credits?|tokens?|calls?|quota) (remaining|left)\b|"
    r"recharge|top[ -]?up (your|the|first|"
    r"to)|payment (is )?required|please pay|unpaid|good standing|billing (hard )?limit|"
    r"spend(ing)? limit|wallet|add (more |some )?funds|余额|"
    r"(积分|点数|算力点|余量)[^。，]{0,8}(不足|用完|用尽|耗尽|为零|为 ?0)|"
    r"欠费|欠款|充值|续费|未支付|账单"
)
FREE = (
    r"free[ -]?(tier|quota|trial|alloc\w*|credits?|pack\w*|allowance|usage|tokens?|plan|resource|"
    r"model)[^.]{0,60}(exhaust|exceed|used|expired|deplet|r[au]n out|finish|gone|over\b|reach|zero|"
    r"no longer|limit)|(exhaust|exceed|used up|deplet|reached|r[au]n out|"
    r"no)\w*[^.]{0,60}free[ -]?(tier|quota|trial|alloc\w*|credits?|pack\w*|allowance|usage|tokens?|"
    r"resource|model)|free[_ ]quota[_ ]exhausted|reached (your |the )?free \w+ limit|"
    r"免费[^。，]{0,16}(用完|用尽|耗尽|已尽|不足|超|达到|"
    r"到期|结束|过期|没有|用光)|(用完|用尽|耗尽|超出|超过|没有)[^。，]{0,10}免费"
)
USED_UP = (
    r"(quota|resource pack\w*|allowance|budget|package|token plan|usage)[^.]{0,40}(exhaust|exceed|"
    r"used up|deplet|r[au]n out|finished|insufficient|reached|not enough|is over)|(exhaust|exceed|"
    r"used up|deplet|reached|r[au]n out|hit)\w*[^.]{0,60}(quota|allowance|budget|resource pack|"
    r"usage limit|monthly|daily|session|weekly)|((5|five)[ -]?hours?|hourly|daily|weekly|monthly|"
    r"session|trial|usage|plan)[ -](usage )?(limit|quota|allowance|cap)|(subscription|plan|"
    r"package|pack|trial|membership|licen[cs]e)[^.]{0,40}(expired|exhaust|ended|no longer valid|"
    r"used up|inactive|lapsed|has run out)|out of tokens|billing (period|cycle)|"
    r"requires? a (paid )?subscription|upgrade (your|to|for)|"
    r"tokens? (quota|allowance)|额度[^。，]{0,12}(用|耗|不足|超|尽|满|限|没)|配额[^。，]{0,12}(用|耗|"
    r"不足|超|尽|满)|资源包|(套餐|订阅|会员|试用|流量包|服务包)[^。，]{0,14}(到期|过期|用完|用尽|耗尽|"
    r"失效|结束|不足)|升级套餐|(超出|超过|用完|用尽)[^。，]{0,4}限额|(次数|用量|调用量|tokens?|"
    r"token ?数?)[^。，]{0,12}(用完|用尽|耗尽|达到上限|"
    r"已达上限|超出上限|不足)|已(用完|用尽|耗尽|用光)|无可用(资源|额度)|free_?quota"
)
RATE = (
    r"rate[ -]?limit|too many (requests?|connections?|calls)|too (fast|frequent|quick)|frequen(cy(?!"
    r"[ _]?penalty)|ce|t\b|tly)|throttl|slow down|burst|in-?flight|requests? limit|"
    r"exceeded (call|token|request) rate|"
    r"increased too (quickly|fast)|limit exceeded|exceed\w* (the |your )?(request|rate|call|qps|"
    r"limit)|reached (the |its |max |your )?[^.]{0,30}(rate|limit|concurrency)|限流|限速|限频|流控|"
    r"频率|频次|频繁|过(于)?(频繁|快)|请求(数|次数|量)?(过|太)(多|快|高)|速率|并发|请求太多|操作太快|"
    r"qps|\b(tokens?|conn(ection)?s?|calls?|rate( \w+)?) limit\b"
)
OVERLOAD = (
    r"overload|too busy|\b(is|are|server|currently|system) busy|\bbusy\b|(system|serving|insufficient|"
    r"at|limited|enough) capacity|capacity (limit|constraint|is full)|high (demand|load|traffic)|"
    r"receiving too many|no available (channel|server|instance|worker|backend|node)|\bcluster\b|"
    r"out of capacity|繁忙|拥挤|拥堵|过载|负载(过高|较高|已?满)|访问量(过|较)(大|高)|请求量(过|较)大|"
    r"资源(紧张|不足)|算力|排队|火爆|高峰|无可用(渠道|节点|实例)"
)
REGION = (
    r"(country|region|territory|location|area)[^.]{0,50}(not (currently )?(supported|available|"
    r"allowed|permitted)|unsupported|restricted|blocked|prohibited|denied)|"
    r"(not (currently )?(supported|available|allowed|permitted|offered)|unsupported|unavailable|"
    r"restricted|blocked|prohibited)[^.]{0,30}\b(in|for|from|to) (your|this|the|certain|"
    r"some)?[^.]{0,20}(country|countries|region|location|territory|area|jurisdiction|china|mainland)|"
    r"unsupported[ _](country|region|location|territory)|you have been blocked|"
    r"attention required|error (code:? ?)?10(09|20)\b|"
    r"export control|归属地|(do not|does not|don.t|doesn.t) support (your|this) (country|region|location)|"
    r"from [^.]{0,30}(china|mainland|countr|region|location)[^.]{0,30}(not (permitted|allowed|supported)|"
    r"blocked|denied|prohibited)|sanction(s|ed)|(国家|地区|区域|地域|所在地)[^。]{0,10}(暂)?(不|未|无法|禁止|"
    r"受限)[^。]{0,6}(支持|开放|提供|可用|访问|使用|服务)?|不支持[^。]{0,8}(国家|地区|区域|地域)|"
    r"(不|未)对[^。，]{0,10}(大陆|地区|国家|境内|境外|中国)[^。，]{0,4}(开放|提供|支持)|"
    r"(境外|海外|大陆|国内|中国)[^。]{0,8}(无法|不能|不可|禁止|限制)(访问|使用|调用)"
)
TOO_BIG = (
    r"request too large|body (is )?too (large|big)|payload too large|entity too large|maximum context|"
    r"context (length|window|size|limit|overflow)|max_?(seq|position|model|input)_?\w*len|(context|"
    r"prompt|input|inputs?`?)( tokens?)?( length)?( is| are)? (too long|too large|exceeds?|overflow)|"
    r"token length too long|(prompt|(?<!max_)(?<!completion_)tokens?|input|messages?|text|conversation|"
    r"content)( \w+)?( is|"
    r" are)? too (long|large|many|big)|too many (input |prompt )?tokens?(?! per)|"
    r"exceed\w*[^.]{0,30}(context|token limit|max(imum)?[ _](input|prompt|sequence|number of tokens|"
    r"tokens|length)|max message tokens|available context)|exceeds? (the )?(model'?s? )?(max\w*|"
    r"limit)[^.]{0,20}(length|tokens?|context)|range of input length|reduce (the|your) (length|prompt|"
    r"input|messages?)|max(imum)? (input|prompt) (characters|tokens|length)|(input|prompt|"
    r"total)[^.]{0,10} tokens[^.]{0,30}(exceed|larger|greater|over|more than|must be (less|<))|"
    r"string_above_max|context the overflows|max_position_embeddings|sequence length \d|"
    r"max tokens exceeded|轮数过多|(prompt|input|"
    r"context) tokens? limit|over the context|max input characters|超长|"
    r"超过[^。，]{0,14}(上下文|最大长度|长度限制|长度上限|窗口)|上下文(长度|窗口)?[^。，]{0,8}(超|"
    r"过长|溢出|不足)|(输入|提示词?|prompt|文本|消息|内容|对话|请求体|会话)(的)?(总)?(长度|内容|字数|"
    r"历史|记录|"
    r"tokens?( ?数)?)?(过长|太长|超长|超出|超过|超限|过大)|"
    r"(?<!max_)tokens? ?(数|数量|总数)?[ \d]{0,10}(超(?!出范围)|过多)|请求包[^。，]{0,4}超|"
    r"tokens? (count|number)[^.]{0,20}over|(less|fewer) than \d+ (input )?tokens|"
    r"more than the (context|model|maximum)|(输入|提示词?|messages?|prompt|消息|文本|内容|对话)[^。，]{0,4}"
    r"(总长|长度|字数|tokens?)[^。，]{0,6}(不能|不得|不可|不应|不允许)(超过|大于|多于)"
)
CONTENT = (
    r"content[ _-]?(polic|filter|manage|safety|security|moderat|violat|inspect|risk|exists risk|"
    r"review|check|block|audit)|(in|out)put audit|(was|were|been) filtered|"
    r"safety (system|polic|filter|reason|setting|guideline)|inappropriate|"
    r"sensitive|moderat(ion|ed)|\bunsafe\b|nsfw|(illegal|prohibited|harmful|objectionable|"
    r"offensive) (content|text|material|input|use)|(in|out)put (is|was) (illegal|blocked|rejected)|"
    r"flagged|considered high risk|usage polic|"
    r"ip infringement|copyright|blocked by [^.]{0,20}(rule|polic|filter)|violat\w*[^.]{0,20}(polic|"
    r"rule|guideline|terms|law)|responsible ai|敏感|违规|违法|不安全|安全策略|内容(安全|审核|审查|风险|合规|"
    r"违)|审核(不|未)(通过|合格)|未通过(内容|安全)?审核|违反[^。，]{0,10}(法律|法规|规定|政策|规范|"
    r"条例)|不当|不合规|色情|暴力|涉政|涉黄|风控|"
    r"不良(信息|内容)"
)
LOCKED = (
    r"(account|organi[sz]ation|user)[^.]{0,30}(locked|suspended|disabled|banned|deactivated|frozen|"
    r"blocked|terminated|restricted)|"
    r"\b(account|user)( \S{1,40})? (does not exist|not found)|"
    r"(账[户号]|帐[户号]|用户)[^。，]{0,16}(封|锁定|冻结|禁用|停用|"
    r"注销|异常|不存在|受限)"
)
NO_MODEL = (
    r"\bmodels?\b[^.]{0,60}(not (exist|found|be found|available|support(ed)?\b)|does ?n[o']t exist|"
    r"is unknown|unsupported|offline|retired|deprecated|discontinued|decommissioned|removed|"
    r"no longer)|(unknown|invalid|no such|unsupported|not found the|nonexistent) model|"
    r"no models? loaded|has no provider|\bapi \S{1,60} (is|was|has been) (taken )?(offline|retired)|"
    r"模型[^。，]{0,24}(不存在|已?下线|未找到|找不到|不支持|无效|"
    r"错误|已停用|已废弃)|(不存在|未知|无效)(的|该)?模型|没有(找到)?(该|此|"
    r"这个)?模型(?![^。，]{0,8}(权限|授权))"
)
MODEL_RIGHT = (
    r"(not (activated|opened?|enabled|allowed|authori[sz]ed|subscribed|purchased)|(no|lacks?|without|"
    r"don't have|do not have|does not have) (permission|access|right)s?|may not use|access denied|"
    r"cannot (use|access))[^.]{0,40}\bmodel|\bmodel\b[^.]{0,40}(access denied|not (activated|opened|"
    r"enabled|authori[sz]ed|purchased|included)|permission)|(plan|key|subscription)[^.]{0,24}(not|"
    r"n't) (include|support|allow|cover)[^.]{0,20}model|plan not support model|(未|没有|无)(开通|激活|"
    r"购买|权限|授权|订阅)[^。，]{0,12}模型|模型[^。，]{0,12}(未|没有|无)(开通|激活|购买|权限|授权|"
    r"订阅)|无权(使用|访问|调用)[^。，]{0,8}模型|(未|没有|无)[^。，]{0,4}模型[^。，]{0,8}(权限|授权)"
)
AUTH = (
    r"api[ _-]?key|(access|auth|api|security|bearer|login|session|valid [a-z]+ |valid )[ _-]?token|"
    r"\bkeys? (is |are )?only (for|valid)|"
    r"token (is )?(invalid|expired|incorrect|missing|not valid|verification)|invalid token|credential|"
    r"un-?authori[sz]|not authori[sz]ed|unauthenticated|authenticat|authori[sz]ation|permission|"
    r"forbidden|access (is )?denied|not (been )?(activated|opened|purchased)|activate (it|the)|"
    r"signature|real[ -]?name|certification|allow[ -]?list|white[ -]?list|ip (address )?(is )?not|"
    r"log ?in again|no access|(not|n.t) have access|app[_ ]?(key|secret)\b|"
    r"members? of an organi|appid|client id|client authentication|"
    r"api[ _-]?secret|密钥|秘钥|令牌|鉴权|认证|签名|未授权|无权|权限|未开通|未激活|未购买|实名|未登录|"
    r"登录|白名单|身份(验证|校验)|token ?(无效|过期|失效|错误)|key ?(无效|错误|不存在|过期|失效)"
)
MEMORY = r"requires? more (system |gpu )?memory"
TRANSIENT = (
    r"unavailable|not available (now|at the moment)|try (it )?again later|retry later|later\b|"
    r"timed? ?-?out|deadline exceeded|internal (server |service |system )?error|inner error|"
    r"server[ -]?(side )?(error|"
    r"problem|had an error)|had an error|system error|(server|service|system|engine|"
    r"worker) (encountered|exception|failure|issue)|upstream|bad gateway|gateway time|maintenance|"
    r"not ready|loading|starting up|temporar|enginecore|background loop|connection (reset|refused|"
    r"error|closed)|failed to (generate|request)|during generation|incomplete|unknown error|"
    r"unexpected error|something went wrong|\bcrash|异常退出|崩溃|"
    r"超时|(内部|系统|服务器?|未知|网络|后端|上游)(错误|异常|"
    r"故障|出错|失败)|服务[^。，]{0,6}(不可用|异常|中断|暂停)|暂时|维护|稍后|稍候|重试"
)
BAD = (
    r"invalid|malformed|missing|(is|are) required|must (be|not|have|contain)|should (be|in)|"
    r"unsupported|not support(ed)?|unrecogni[sz]ed|unknown (field|param|argument|name)|"
    r"unexpected (field|keyword|param)|cannot (both )?be|not (a )?valid|illegal (param|argument|"
    r"value)|out of range|bad request|validation|parse error|not allowed|参数|格式|缺少|不支持|无效|"
    r"invisible char|非法|必填|不能为空|取值|范围|不合法|校验失败"
)
PASSING = r"unavailab|temporar|overload|busy|internal|engine|background|upstream|繁忙|过载|内部|暂时"
AGAIN = r"time[sd]?[ -]?out|\bagain\b|retry|later|crash|超时|重试|稍后|稍候|异常|故障"
MONTH = (
    r"per[ _-]?month|/ ?month|\bmonthly\b|this month|next month|本月|当月|每月|月(度)?(限|配额|额度|"
    r"上限)|下月|下个月"
)
