import { sourceNames } from "../Settings.js"

/**
 * The Chinese text of a detail, a problem or an expectation that the library writes in English. A text that is not in the
 * table stays as it is.
 *
 * @internal
 */
export const inChinese = (text: string): string => {
  const [, plain = text, source] = /^(.*) \((flag|environment|config file|last login|default)\)$/s.exec(text) ?? []
  const [english, chinese] = words.find(([english]) => english.test(plain)) ?? []
  const groups = english?.exec(plain) ?? []
  // A part may be a text of its own, such as the detail of another failure.
  const translated = chinese?.replace(/\$([0-9])/g, (_, group: string) => inChinese(groups[Number(group)] ?? ""))
    ?? plain
  const name = Object.entries(sourceNames).find(([name]) => name === source)?.[1].zh
  return name === undefined ? translated : `${translated}（${name}）`
}

/**
 * The Chinese name of a setting that is no option of the library.
 *
 * @internal
 */
export const settingInChinese = (setting: string): string =>
  ({ "config file": "配置文件", "last login": "上次登录的记录", "a value": "某个值" })[setting] ?? setting

type Row = readonly [english: RegExp, chinese: string]

const settings: ReadonlyArray<Row> = [
  [/^is missing$/, "缺失"],
  [/^cannot be read$/, "无法解析"],
  [/^cannot be read: (.*)$/, "无法读取：$1"],
  [/^is empty$/, "为空"],
  [/^has a control character, .*$/, "含有控制字符，例如换行或制表符"],
  [/^has a control character or is not UTF-8$/, "含有控制字符，或不是 UTF-8"],
  [/^is not UTF-8$/, "不是 UTF-8"],
  [/^is not UTF-8 \((.*)\)$/, "不是 UTF-8（$1）"],
  [/^is white space only$/, "只有空白字符"],
  [/^is too small$/, "过小"],
  [/^is too large$/, "过大"],
  [/^is negative$/, "为负数"],
  [/^is not a duration$/, "不是时长"],
  [/^is not a whole number$/, "不是整数"],
  [/^is not one of the accepted values$/, "不是可用的值"],
  [/^is unknown$/, "不是可用的值"],
  [/^is (?:no|not a) key$/, "不是有效的密钥"],
  [/^was wiped$/, "已被清除"],
  [/^is no Redacted$/, "不是 Redacted"],
  [/^is no text$/, "不是文本"],
  [/^is set, but encryptionKey is not$/, "已设置，但未设置 encryptionKey"],
  [/^is not a URL$/, "不是 URL"],
  [/^is neither ([a-z]+:) nor ([a-z]+:)$/, "既不是 $1 也不是 $2"],
  [/^is the address of a SOCKS proxy, .*$/, "是 SOCKS 代理的地址，不受支持"],
  [/^has a username or a password$/, "含有用户名或密码"],
  [/^has a query or a fragment$/, "含有查询参数或片段"],
  [/^has no host$/, "没有主机名"],
  [/^has a database that is not a number$/, "数据库不是数字"],
  [/^has a % that is not followed by two digits$/, "含有 %，其后不是两位十六进制数字"],
  [/^is not a valid prefix$/, "不是有效的前缀"],
  [/^are refused by ioredis$/, "被 ioredis 拒绝"],
  [/^is http: to a host that is not loopback, .*$/, "对非本机主机使用 http:，凭据会以明文传输"],
  [/^is not a name$/, "不是有效的名称"],
  [/^is a name with another meaning, .*$/, "是另有含义的名称，客户端无法发送"],
  [/^is not an object$/, "不是对象"],
  [/^has an entry that is not code=disposition$/, "含有不是“返回码=处理方式”的项"],
  [/^sets ([0-9]+) twice$/, "重复设置了 $1"],
  [/^has a key that is not a return code .*$/, "含有不是返回码（一至九位数字）的键"],
  [/^sets a disposition for ([0-9]+), which is success$/, "设置了 $1 的处理方式，而该返回码表示成功"],
  [/^gives ([0-9]+) a disposition that does not exist$/, "为 $1 设置了不存在的处理方式"],
  [/^is not set; without it, --remember .*$/, "未设置；没有密钥时，--remember 只能以明文保存密码"],
  [/^is not set; the redis store needs it$/, "未设置；redis 存储需要它"],
  [/^is not set, and the system knows no home folder .*$/, "未设置，系统也没有该用户的主目录"],
  [/^is not JSON( \(.*\))?$/, "不是 JSON$1"],
  [/^is not a JSON object( \(.*\))?$/, "不是 JSON 对象$1"],
  [/^contains a secret; use the environment instead(.*)$/, "含有密码或密钥，请改用环境变量$1"],
  [/^has an unknown field: (.*)$/, "含有未知的字段：$1"],
  [/^has an invalid value: (.*)$/, "含有无效的值：$1"],
  [/^has the name (.*) twice(.*)$/, "中的名称 $1 重复$2"],
  [/^is not name=value$/, "不是“名称=值”"],
  [/^has an unknown name$/, "名称未知"],
  [/^is not available$/, "无法监听"],
  [/^is not available: (.*)$/, "无法监听：$1"],
  [/^cannot be sent as a header$/, "无法写入请求头"],
  [/^has no colon$/, "缺少冒号"],
  [/^has no username$/, "缺少用户名"],
  [/^has no password$/, "缺少密码"],
  [/^is not path=file$/, "不是“路径=文件”"],
  [/^has a path that no report can have$/, "其中的路径不能用于报表"],
  [/^has a file that is not JSON in UTF-8$/, "其中的文件不是 UTF-8 编码的 JSON"],
  [
    /^has a file that contains the number (\S+), which has more digits than JavaScript keeps$/,
    "其中的文件含有 JavaScript 无法精确表示的数字 $1"
  ],
  [/^is not a port$/, "不是端口"]
]

const expectations: ReadonlyArray<Row> = [
  [/^the http: or https: URL of a proxy, such as (.*)$/, "http: 或 https: 代理的 URL，例如 $1"],
  [/^a readable file that only you and root can change$/, "只有您和 root 能修改的可读文件"],
  [/^a JSON file in UTF-8$/, "UTF-8 编码的 JSON 文件"],
  [/^the path of a JSON file$/, "JSON 文件的路径"],
  [/^a JSON object of settings without secrets, such as (.*)$/, "不含密码和密钥的 JSON 对象，例如 $1"],
  [/^one of (.*) with a value, such as (.*)$/, "$1 之一及其值，例如 $2"],
  [/^a username and a password, such as (.*)$/, "用户名和密码，例如 $1"],
  [/^a path and a JSON file, such as (.*)$/, "路径和 JSON 文件，例如 $1"],
  [/^a free port of this machine$/, "本机的空闲端口"],
  [/^an address of this machine, such as (.*), (.*) or (.*)$/, "本机地址，例如 $1、$2 或 $3"],
  [/^one or more visible ASCII characters without spaces$/, "至少一个可见的 ASCII 字符，不含空格"],
  [
    /^the absolute path of your home folder, .*$/,
    "主目录的绝对路径；也可设置 XDG_STATE_HOME，或使用 --store none、--store redis"
  ],
  [
    /^redis:\/\/user:password@host:port\/database, or rediss:\/\/ for TLS; special .*$/,
    "redis://user:password@host:port/database，TLS 用 rediss://；密码中的特殊字符写作 %XX"
  ],
  [
    /^redis:\/\/user:password@host:port\/database, or rediss:\/\/ for TLS$/,
    "redis://user:password@host:port/database，TLS 用 rediss://"
  ],
  [/^1 to 100 letters, digits and (.*)$/, "1 至 100 个字母、数字或 $1"],
  [/^options that ioredis accepts$/, "ioredis 可接受的选项"],
  [/^([\w-]+), ((?:[\w-]+, )*[\w-]+)$/, "$1、$2"]
]

const details: ReadonlyArray<Row> = [
  [/^a file$/, "文件"],
  [/^a folder$/, "目录"],
  [/^the connection was lost$/, "连接已断开"],
  [/^no answer within 2 seconds$/, "2 秒内没有响应"],
  [/^the store is closed$/, "存储已关闭"],
  [/^the client is closed$/, "客户端已关闭"],
  [/^the server does not speak the protocol of Redis$/, "应答的服务器不是 Redis"],
  [/^an error without a code$/, "错误没有代码"],
  [/^no Sentinel names the master$/, "没有 Sentinel 给出主节点"],
  [/^(TLS|AUTH|CLIENT SETNAME|SELECT) failed: (.*)$/, "$1 失败：$2"],
  [/^no account is set and there is no last login$/, "没有指定账号，也没有登录记录"],
  [/^there is no valid token of (.*), and no password is available$/, "$1 没有有效的 Token，也没有可用的密码"],
  [/^the remembered password cannot be decrypted .*$/, "已保存的密码无法用当前的 JINDOUYUN_ENCRYPTION_KEY 解密"],
  [/^(ConfigError|InvalidConfiguration): (.*)$/, "$1：$2"],
  [/^(\S+ is (?:missing|invalid|not available|not supported)), (.*)$/, "$1，$2"],
  [/^(\S+) is missing$/, "$1 缺失"],
  [/^(\S+) is invalid$/, "$1 无效"],
  [/^(\S+) is not (?:available|supported)$/, "$1 无法读取"],
  [/^its effect threw an error$/, "其 Effect 抛出了异常"],
  [/^the effect that reads them threw an error$/, "读取凭据的 Effect 抛出了异常"],
  [/^the (.*) was wiped$/, "$1 已被清除"],
  [/^it took too long$/, "耗时过长"],
  [/^the store did not answer in time$/, "存储未及时响应"],
  [/^the account was logged out while the request was under way$/, "请求期间该账号已退出登录"],
  [/^the account was logged out, or another process took the lease$/, "该账号已退出登录，或其他进程取得了锁"],
  [/^the record was cleared, or the lease was lost$/, "记录已被清除，或锁已丢失"],
  [/^another process holds it$/, "其他进程持有锁"],
  [/^another process held the lease for too long$/, "其他进程持有锁的时间过长"],
  [/^the lease was lost$/, "锁已丢失"],
  [/^the lease was lost \(((?!Redis at ).*)\)$/, "锁已丢失（$1）"],
  [/^a record that was saved could not be read back$/, "无法读回刚写入的记录"],
  [/^the record is encrypted, but .* is not set$/, "记录已加密，但未设置 encryptionKey（JINDOUYUN_ENCRYPTION_KEY）"],
  [
    /^the record is encrypted, but .* is not set \(((?!Redis at ).*)\)$/,
    "记录已加密，但未设置 encryptionKey（JINDOUYUN_ENCRYPTION_KEY）（$1）"
  ],
  [/^a number of the record is out of bounds$/, "记录中的数字超出范围"],
  [
    /^(.*) \(owner ([0-9]+), mode ([0-7]+)\) is (.*), but must be (a file|a folder): move it away$/,
    "$1（所有者 $2，权限 $3）类型不对，应为$5：请将其移走"
  ],
  [
    /^(.*) \(owner ([0-9]+), mode ([0-7]+)\) belongs to another user: use (.*), or another path$/,
    "$1（所有者 $2，权限 $3）属于其他用户：请执行 $4，或换用其他路径"
  ],
  [
    /^(.*) \(owner ([0-9]+), mode ([0-7]+)\) is open to other users: use (.*), or another path$/,
    "$1（所有者 $2，权限 $3）其他用户可以访问：请执行 $4，或换用其他路径"
  ],
  [
    /^(.*) \(owner ([0-9]+), mode ([0-7]+)\) can be changed by other users: use (.*), or another path$/,
    "$1（所有者 $2，权限 $3）其他用户可以修改：请执行 $4，或换用其他路径"
  ],
  [/^(.*) \(Redis at (.*), database ([0-9]+)\)$/, "$1（Redis $2，数据库 $3）"],
  [/^([A-Z][A-Z0-9_]*|[A-Z][A-Za-z]+) \((.*)\)$/, "$1（$2）"],
  [/^bad port$/, "端口被禁用"],
  [/^the HTTP client died$/, "HTTP 客户端抛出了异常"],
  [/^the request died$/, "请求抛出了异常"],
  [/^no answer within the request timeout$/, "在 requestTimeout 内没有响应"],
  [/^no answer within the timeout of the endpoint$/, "在接口的 timeout 内没有响应"],
  [/^the renewal ran out of time$/, "续期超时"],
  [/^the received pair has already expired$/, "收到的 Token 已过期"],
  [/^PROXY_STATUS_([0-9]+)$/, "代理返回 HTTP $1"],
  [/^not JSON$/, "不是 JSON"],
  [/^an empty body$/, "为空"],
  [/^HTML or XML$/, "HTML 或 XML"],
  [/^gzip without content-encoding$/, "gzip，未声明 content-encoding"],
  [/^to another path of the same origin$/, "指向同一源的其他路径"],
  [/^to (https?:.*)$/, "指向 $1"],
  [/^data: (.*)$/, "data：$1"],
  [/^not of the expected form$/, "结构不符"],
  [/^its schema threw$/, "其 Schema 抛出了异常"],
  [/^(.*) missing or not of the expected form$/, "$1 缺失或结构不符"],
  [/^more than ([0-9]+) bytes$/, "超过 $1 字节"],
  [/^the client followed it to another origin$/, "客户端跟随重定向，到了其他地址"],
  [/^the refresh returned the access token that was just rejected$/, "刷新返回了刚被拒绝的 accessToken"],
  [/^the response is not JSON$/, "响应不是 JSON"],
  [/^the response is nested too deeply$/, "响应嵌套过深"],
  [/^the remembered password cannot be read: (.*)$/, "无法读取已保存的密码：$1"],
  [/^([A-Z][A-Z0-9_]+) ((?:is|has|was) .*)$/, "$1 $2"]
]

const warnings: ReadonlyArray<Row> = [
  [/^ignored, because no token store created it: (.*)$/, "已忽略，因为它不是 Token 存储创建的：$1"],
  [
    /^ignored, because no token store writes these numbers: the fields ?(.*) of (.*)$/,
    "已忽略，因为 Token 存储不会写入这样的数字：$2 的字段 $1"
  ],
  [/^the token store holds a record that is ignored: (.*)$/, "已忽略 Token 存储中的记录：$1"],
  [/^it cannot be read$/, "无法解析"],
  [/^it has the newer format ([0-9]+)$/, "其格式 $1 较新"],
  [/^it was encrypted with another key, .*$/, "由其他密钥加密、属于其他账号，或已被改动"],
  [
    /^a refresh was refused and an acquisition follows; .* \(now (.*)\) may be wrong$/,
    "刷新被拒绝，随后重新获取；如果反复出现，refreshTokenField（现为 $1）可能有误"
  ],
  [/^a refresh before expiry was refused; .*$/, "到期前的刷新被拒绝，到期后再刷新"],
  [
    /^the variable (.*) is not known and changes nothing; the nearest known one is (.*)$/,
    "环境变量 $1 未知，不起作用；最相近的已知变量是 $2"
  ],
  [
    /^the variable (.*) is not known and changes nothing; known ones with a similar name are (.*)$/,
    "环境变量 $1 未知，不起作用；名称相近的已知变量有：$2"
  ],
  [
    /^the variable (.*) is not known and changes nothing; docs\/settings.md and jindouyun help settings list .*$/,
    "环境变量 $1 未知，不起作用；已知变量见 docs/zh/settings.md 或 jindouyun help settings"
  ],
  [
    /^the platform also rejects the token that replaced a rejected one: .* \(now (.*)\) and tokenName \(now (.*)\)$/,
    "换新后的 Token 仍被平台拒绝：请检查 tokenPlacement（现为 $1）和 tokenName（现为 $2）"
  ]
]

const words = [...settings, ...expectations, ...details, ...warnings]
