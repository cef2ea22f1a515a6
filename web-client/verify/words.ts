// Every sentence of the page, in Chinese and English. Checks and reasons are those of yuanjian-verify, in its words.
import type { Check } from './report.ts';

export type Language = 'zh' | 'en';
type Pair = readonly [zh: string, en: string];

export const titles: Record<Check, Pair> = {
    package: ['证据包结构', 'structure of the package'],
    manifest: ['清单可读', 'manifest can be read'],
    'signature-ed25519': ['清单的 Ed25519 签名', "manifest's signature, Ed25519"],
    'signature-sm2': ['清单的 SM2 签名', "manifest's signature, SM2 with SM3"],
    certificates: ['证书在签名时有效', 'certificates were valid when they signed'],
    signer: ['签名人可信', 'the signer is trusted'],
    documents: ['录像说明与分段表', 'recording.json and leaves.jsonl'],
    leaves: ['各段相接：无缺、无重、无换序', 'chunks: no hole, no overlap, in order'],
    'merkle-roots': ['两个默克尔树根', 'both Merkle roots'],
    media: ['录像内容（SHA-256 与 SM3）', 'media, by SHA-256 and SM3'],
    completeness: ['完整性：缺失之和', 'completeness: gaps add up'],
    checkpoint: ['日志检查点的签名', "signatures of the log's checkpoint"],
    'log-opened': ['会话开始前已记入日志', 'session was announced in the log'],
    'log-manifest': ['清单已记入日志', 'manifest is in the log'],
    'log-audit': ['操作记录已记入日志', 'audit extract is in the log'],
    consistency: ['与另处所见检查点一致', 'log agrees with a checkpoint seen elsewhere'],
    'time-stamp': ['可信时间戳', 'time stamps (RFC 3161)'],
    'time-authority': ['时间戳机构可信', 'time-stamping authority is trusted'],
    time: ['时间前后相符，未倒签', 'times agree; nothing is back-dated'],
    receipt: ['导出回执与包内各项', 'export receipt, and every entry'],
};

const reasons: Record<string, Pair> = {
    'not-a-package': ['不是证据包', 'this is not a package'],
    'zip-no-end': ['包尾缺失或有误：文件可能被截断', 'end of the ZIP is missing or wrong: was it cut?'],
    'zip-too-many': ['项目过多', 'too many entries'],
    'zip-hole': ['各项之间有空隙、重叠或多余数据', 'entries leave holes, overlap, or hide data'],
    'zip-directory': ['目录有误', 'directory is wrong'],
    'zip-name': ['名称不安全', 'unsafe name'],
    'zip-flags': ['加密或带有不允许的标志', 'encrypted, or flags that no package has'],
    'zip-compressed': ['压缩项不予接受', 'compressed entries are refused'],
    'zip-special': ['链接或特殊文件', 'link or special file'],
    'zip-disagrees': ['两处头部不一致', 'its two headers disagree'],
    'zip-double': ['名称重复', 'name occurs twice'],
    unexpected: ['包内有未列出的项目', 'entry that nothing lists'],
    missing: ['缺失或无法读取', 'missing, or cannot be read'],
    size: ['大小不符', 'size does not fit'],
    sha256: ['SHA-256 不符', 'SHA-256 does not fit'],
    'bad-manifest': ['清单格式有误', 'not a manifest that can be read'],
    'bad-certificate': ['证书无法读取', 'certificate cannot be read'],
    'certificate-date': ['签名时证书不在有效期内', 'certificate was not valid when it signed'],
    'no-certificate': ['没有所指的证书', 'certificate that signed is not there'],
    'no-signature': ['没有签名', 'signature is missing'],
    'bad-signature': ['签名不符', 'signature does not fit'],
    'not-trusted': ['不在所给的可信证书之中', 'not among the certificates that you trust'],
    'bad-leaves': ['分段表不完整', 'table of chunks is not whole'],
    'bad-leaf': ['此行有误', 'this line is wrong'],
    'leaf-count': ['行数与清单不符', "number of lines is not the manifest's"],
    'chunk-link': ['与前一行的链接断开', 'link to the line before is broken'],
    'chunk-number': ['编号不连续', 'number is out of order'],
    'chunk-hole': ['与前一段之间有缺', 'hole before it'],
    'chunk-overlap': ['与前一段重叠', 'overlaps the one before'],
    'chunk-past-end': ['超出文件末尾', "reaches past the file's end"],
    'chunk-times': ['时间倒退', 'time runs backwards'],
    'chunk-clock': ['时间在会话之外', 'time is outside of the session'],
    'chunk-missing': ['内容缺失', 'its bytes are missing'],
    'chunk-sha256': ['内容与 SHA-256 不符', 'bytes do not have its SHA-256'],
    'chunk-count': ['段数与清单不符', "number of chunks is not the manifest's"],
    'not-all-covered': ['各段未覆盖整个文件', 'chunks do not cover the whole file'],
    root: ['树根与清单不符', "root is not the manifest's"],
    'bad-gap': ['缺失记录有误', 'a gap is wrong'],
    'gap-sum': ['缺失之和不符', 'gaps do not add up'],
    origin: ['不是清单所指的日志', 'not the log that the manifest names'],
    'bad-checkpoint': ['检查点有误', 'checkpoint is wrong'],
    'bad-proof': ['证明有误', 'proof is wrong'],
    'other-checkpoint': ['证明属于另一检查点', 'proof is of another checkpoint'],
    'not-in-log': ['不在该检查点的日志中', 'not in the log under this checkpoint'],
    'leaf-disagrees': ['内容与清单不符', 'does not say what the manifest says'],
    'other-manifest': ['日志记载的是另一清单', 'the log holds another manifest'],
    'other-session': ['不属于本会话', 'not of this session'],
    'log-order': ['日志顺序不符', 'order in the log is wrong'],
    'not-announced': ['会话开始时没有日志', 'there was no log when the session opened'],
    'late-open': ['录像开始后才记入日志', 'was announced after the recording began'],
    'bad-audit': ['操作记录行有误', 'line of the extract is wrong'],
    backdated: ['时间不符：倒签，或时钟有误', 'times disagree: back-dated, or a wrong clock'],
    'times-disagree': ['清单各时间互相矛盾', 'times of the manifest contradict each other'],
    'bad-receipt': ['回执格式有误', 'not a receipt that can be read'],
    'no-trust': [
        '未填写可信指纹：不知由谁签名。证书指纹如下',
        'who signed is unknown without a fingerprint; this one signed',
    ],
    'sm2-not-here': ['浏览器不支持 SM2：请用 yuanjian-verify', 'browsers have no SM2: use yuanjian-verify'],
    'sm3-not-here': [
        'SHA-256 树根已核验；浏览器不支持 SM3：请用 yuanjian-verify',
        'SHA-256 is checked; browsers have no SM3: use yuanjian-verify',
    ],
    'no-ed25519-here': [
        '此浏览器不支持 Ed25519：请用新版浏览器或 yuanjian-verify',
        'this browser has no Ed25519: use a newer one, or yuanjian-verify',
    ],
    'not-here': ['本页不核验此项：请用 yuanjian-verify', 'this page does not do that: use yuanjian-verify'],
    'no-time-stamp-here': [
        '清单与日志的时间已核对；时间戳请用 yuanjian-verify 核验',
        'manifest and log agree; for time stamps use yuanjian-verify',
    ],
    'too-large-here': ['此项过大，未在本页核验', 'too large to be checked on this page'],
};

export const words = {
    title: ['远见录像证据核验', 'Verify a recording'],
    lead: [
        '选择证据包（.evp）文件。核验在本机进行，文件不会上传。',
        'Choose a package (.evp). It is checked on this machine; nothing is uploaded.',
    ],
    choose: ['选择文件', 'Choose a file'],
    drop: ['或把文件拖到这里', 'or drop it here'],
    trusted: ['可信证书指纹（SHA-256，选填）', 'Fingerprint of the certificate that you trust (SHA-256, optional)'],
    trustedHelp: [
        '由该单位公开的 64 位十六进制指纹。不填也能核验内容，但不能确认由谁签名。',
        'The 64 hex digits that the authority has published. Without it the contents are checked, but not who signed them.',
    ],
    badTrusted: ['指纹应为 64 个十六进制数字。请检查后重新填写。', 'A fingerprint has 64 hex digits. Please check it.'],
    working: ['正在核验 {file}……', 'Checking {file}…'],
    cancel: ['取消', 'Cancel'],
    cancelled: ['已取消。没有得出结论。', 'Cancelled. There is no result.'],
    again: ['核验另一个文件', 'Check another file'],
    print: ['打印结果', 'Print the result'],
    good: ['已核验的各项全部通过', 'Everything that was checked is as it should be'],
    bad: ['有 {n} 项不符：不应采信', '{n} failed: do not rely on it'],
    open: ['{n} 项未在本页核验，不等于通过', '{n} checks are not covered here; that is not a pass'],
    unknown: ['不能判断：{why}', 'Cannot tell: {why}'],
    notAPackage: [
        '这不是证据包。请选择扩展名为 .evp 的文件。',
        'this is not a package. Choose a file that ends in .evp.',
    ],
    unreadable: [
        '文件无法读取。请重新选择，或换一个位置复制后再试。',
        'the file cannot be read. Choose it again, or copy it elsewhere first.',
    ],
    session: ['会话', 'Session'],
    file: ['文件', 'File'],
    PASS: ['通过', 'PASS'],
    FAIL: ['失败', 'FAIL'],
    'NOT COVERED': ['未核验', 'NOT COVERED'],
    notReached: ['未能进行到此项', 'was not reached'],
    more: ['另有 {n} 项', 'and {n} more'],
    track: ['轨道', 'track'],
    chunk: ['第 {n} 段，录像 {from} 至 {to}（{wall}）', 'chunk {n}, recording {from} to {to} ({wall})'],
    entry: ['日志第 {n} 条', 'log entry {n}'],
    limits: [
        '本页不能核验 SM2、SM3 和时间戳，完整核验请用 yuanjian-verify。任何核验都不能说明镜头前的事是否真实、人员身份是否属实。',
        'This page cannot check SM2, SM3 and time stamps; yuanjian-verify can. No check says whether the scene was staged, or who the people are.',
    ],
    noScript: ['此页需要 JavaScript。', 'This page needs JavaScript.'],
    language: ['English', '中文'],
} as const satisfies Record<string, Pair>;

export function say(key: keyof typeof words, language: Language, values: Record<string, string | number> = {}): string {
    const text: string = words[key][language === 'zh' ? 0 : 1];
    return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

export function sayReason(reason: string, language: Language): string {
    return reasons[reason]?.[language === 'zh' ? 0 : 1] ?? reason;
}
