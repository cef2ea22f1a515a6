/* recorder/verify/words.h - everything that the verifier says, in Chinese and English
 *
 * A word's id in JSON is its name in lower case with hyphens; ids stay as they are. */
#pragma once

#include <stdbool.h>

#define VER_USAGE                                                                                                            \
    "用法：yuanjian-verify [选项] 文件.evp|目录\n"                                                                  \
    "Usage: yuanjian-verify [OPTION]... FILE.evp|FOLDER\n"                                                                   \
    "\n"                                                                                                                     \
    "  --keys DIR           可信证书所在目录            folder of certificates that you trust (PEM)\n"               \
    "  --key-sha256 HEX     可信证书的 SHA-256，可多次  SHA-256 of a certificate that you trust; may be repeated\n" \
    "  --tsa FILE           可信时间戳机构证书          certificate of the time-stamping authority (PEM)\n"         \
    "  --checkpoint FILE    另处所见的日志检查点        checkpoint of the log that was seen elsewhere\n"           \
    "  --consistency FILE   两检查点的一致性证明        proof between the two: base64 hashes, one a line\n"        \
    "  --strict             有未覆盖的项目时返回 2      NOT COVERED gives exit code 2\n"                           \
    "  --json               输出 JSON                   output for programs\n"                                             \
    "  --language zh|en     语言                        default: from LANG\n"                                              \
    "\n"                                                                                                                     \
    "退出码：0 通过，1 失败，2 无法判断（用法有误、无法读取）\n"                                    \
    "Exit code: 0 pass, 1 fail, 2 cannot tell (usage, unreadable)\n"

/* In the order in which they are printed. */
#define VER_CHECKS(X)                                                                                                  \
    X(PACKAGE, "package", "证据包结构", "structure of the package")                                                    \
    X(MANIFEST, "manifest", "清单可读", "manifest can be read")                                                        \
    X(ED25519, "signature-ed25519", "清单的 Ed25519 签名", "manifest's signature, Ed25519")                            \
    X(SM2, "signature-sm2", "清单的 SM2 签名", "manifest's signature, SM2 with SM3")                                   \
    X(CERTIFICATES, "certificates", "证书在签名时有效", "certificates were valid when they signed")                    \
    X(SIGNER, "signer", "签名人可信", "the signer is trusted")                                                         \
    X(DOCUMENTS, "documents", "录像说明与分段表", "recording.json and leaves.jsonl")                                   \
    X(LEAVES, "leaves", "各段相接：无缺、无重、无换序", "chunks: no hole, no overlap, in order")                       \
    X(ROOTS, "merkle-roots", "两个默克尔树根", "both Merkle roots")                                                    \
    X(MEDIA, "media", "录像内容（SHA-256 与 SM3）", "media, by SHA-256 and SM3")                                       \
    X(DERIVATIVES, "derivatives", "衍生件均与其记录相符", "every derivative is as its record says")                    \
    X(COMPLETENESS, "completeness", "完整性：缺失之和", "completeness: gaps add up")                                   \
    X(CHECKPOINT, "checkpoint", "日志检查点的签名", "signatures of the log's checkpoint")                              \
    X(OPENED, "log-opened", "会话开始前已记入日志", "session was announced in the log")                                \
    X(LOGGED, "log-manifest", "清单已记入日志", "manifest is in the log")                                              \
    X(AUDIT, "log-audit", "操作记录已记入日志", "audit extract is in the log")                                         \
    X(CONSISTENCY, "consistency", "与另处所见检查点一致", "log agrees with a checkpoint seen elsewhere")               \
    X(TOKEN, "time-stamp", "可信时间戳", "time stamps (RFC 3161)")                                                     \
    X(AUTHORITY, "time-authority", "时间戳机构可信", "time-stamping authority is trusted")                             \
    X(TIME, "time", "时间前后相符，未倒签", "times agree; nothing is back-dated")                                      \
    X(RECEIPT, "receipt", "导出回执与包内各项", "export receipt, and every entry")

#define VER_WORDS(X)                                                                                                   \
    X(NONE, "", "")                                                                                                    \
    X(PASS, "通过", "PASS")                                                                                            \
    X(FAIL, "失败", "FAIL")                                                                                            \
    X(NOT_COVERED, "未覆盖", "NOT COVERED")                                                                            \
    X(NOT_REACHED, "未能进行到此项", "was not reached")                                                                \
    X(CLOSING, "本结论不涉及镜头前所发生之事是否真实、人员身份是否属实。",                                             \
      "This says nothing about whether the scene was staged, or who the people are.")                                  \
    X(NOT_A_PACKAGE, "不是证据包", "this is not a package")                                                            \
    X(UNREADABLE, "无法读取", "cannot be read")                                                                        \
    X(ZIP_NO_END, "包尾缺失或有误：文件可能被截断", "end of the ZIP is missing or wrong: was it cut?")                 \
    X(ZIP_TOO_MANY, "项目过多", "too many entries")                                                                    \
    X(ZIP_HOLE, "各项之间有空隙、重叠或多余数据", "entries leave holes, overlap, or hide data")                        \
    X(ZIP_DIRECTORY, "目录有误", "directory is wrong")                                                                 \
    X(ZIP_NAME, "名称不安全", "unsafe name")                                                                           \
    X(ZIP_FLAGS, "加密或带有不允许的标志", "encrypted, or flags that no package has")                                  \
    X(ZIP_COMPRESSED, "压缩项不予接受", "compressed entries are refused")                                              \
    X(ZIP_SPECIAL, "链接或特殊文件", "link or special file")                                                           \
    X(ZIP_DISAGREES, "两处头部不一致", "its two headers disagree")                                                     \
    X(ZIP_DOUBLE, "名称重复", "name occurs twice")                                                                     \
    X(CRC, "CRC-32 不符", "CRC-32 does not fit")                                                                       \
    X(UNEXPECTED, "包内有未列出的项目", "entry that nothing lists")                                                    \
    X(MISSING, "缺失或无法读取", "missing, or cannot be read")                                                         \
    X(SIZE, "大小不符", "size does not fit")                                                                           \
    X(SHA256, "SHA-256 不符", "SHA-256 does not fit")                                                                  \
    X(SM3, "SM3 不符", "SM3 does not fit")                                                                             \
    X(BAD_MANIFEST, "清单格式有误", "not a manifest that can be read")                                                 \
    X(BAD_CERTIFICATE, "证书无法读取", "certificate cannot be read")                                                   \
    X(CERTIFICATE_DATE, "签名时证书不在有效期内", "certificate was not valid when it signed")                          \
    X(NO_CERTIFICATE, "没有所指的证书", "certificate that signed is not there")                                        \
    X(NO_SIGNATURE, "没有签名", "signature is missing")                                                                \
    X(BAD_SIGNATURE, "签名不符", "signature does not fit")                                                             \
    X(NOT_TRUSTED, "不在所给的可信证书之中", "not among the certificates that you trust")                              \
    X(TRUST_UNKNOWN, "所给的可信证书不含此种密钥", "you gave no trusted certificate of this kind")                     \
    X(NO_TRUST, "未给出 --keys 或 --key-sha256：不知由谁签名", "who signed is unknown without --keys or --key-sha256") \
    X(BAD_LEAVES, "分段表不完整", "table of chunks is not whole")                                                      \
    X(BAD_LEAF, "此行有误", "this line is wrong")                                                                      \
    X(LEAF_COUNT, "行数与清单不符", "number of lines is not the manifest's")                                           \
    X(CHUNK_LINK, "与前一行的链接断开", "link to the line before is broken")                                           \
    X(CHUNK_NUMBER, "编号不连续", "number is out of order")                                                            \
    X(CHUNK_HOLE, "与前一段之间有缺", "hole before it")                                                                \
    X(CHUNK_OVERLAP, "与前一段重叠", "overlaps the one before")                                                        \
    X(CHUNK_PAST_END, "超出文件末尾", "reaches past the file's end")                                                   \
    X(CHUNK_TIMES, "时间倒退", "time runs backwards")                                                                  \
    X(CHUNK_CLOCK, "时间在会话之外", "time is outside of the session")                                                 \
    X(CHUNK_MISSING, "内容缺失", "its bytes are missing")                                                              \
    X(CHUNK_SHA256, "内容与 SHA-256 不符", "bytes do not have its SHA-256")                                            \
    X(CHUNK_SM3, "内容与 SM3 不符", "bytes do not have its SM3")                                                       \
    X(CHUNK_COUNT, "段数与清单不符", "number of chunks is not the manifest's")                                         \
    X(NOT_ALL_COVERED, "各段未覆盖整个文件", "chunks do not cover the whole file")                                     \
    X(ROOT, "树根与清单不符", "root is not the manifest's")                                                            \
    X(BAD_GAP, "缺失记录有误", "a gap is wrong")                                                                       \
    X(GAP_SUM, "缺失之和不符", "gaps do not add up")                                                                   \
    X(ORIGIN, "不是清单所指的日志", "not the log that the manifest names")                                             \
    X(BAD_CHECKPOINT, "检查点有误", "checkpoint is wrong")                                                             \
    X(BAD_PROOF, "证明有误", "proof is wrong")                                                                         \
    X(OTHER_CHECKPOINT, "证明属于另一检查点", "proof is of another checkpoint")                                        \
    X(NOT_IN_LOG, "不在该检查点的日志中", "not in the log under this checkpoint")                                      \
    X(LEAF_DISAGREES, "内容与清单不符", "does not say what the manifest says")                                         \
    X(OTHER_MANIFEST, "日志记载的是另一清单", "the log holds another manifest")                                        \
    X(OTHER_SESSION, "不属于本会话", "not of this session")                                                            \
    X(LOG_ORDER, "日志顺序不符", "order in the log is wrong")                                                          \
    X(NOT_ANNOUNCED, "会话开始时没有日志", "there was no log when the session opened")                                 \
    X(LATE_OPEN, "录像开始后才记入日志", "was announced after the recording began")                                    \
    X(BAD_AUDIT, "操作记录行有误", "line of the extract is wrong")                                                     \
    X(NO_CHECKPOINT_GIVEN, "未给出 --checkpoint", "no --checkpoint was given")                                         \
    X(NO_CONSISTENCY_GIVEN, "大小不同且没有一致性证明", "sizes differ, and there is no proof between the two")         \
    X(FORK, "日志分叉：两个检查点不属于同一日志", "fork: the two checkpoints are not of one log")                      \
    X(NO_TOKEN, "包内没有时间戳", "there is no time stamp")                                                            \
    X(NO_TSA_GIVEN, "未给出 --tsa：机构是否可信未知", "whether to trust it is unknown without --tsa")                  \
    X(BAD_TOKEN, "时间戳有误", "token is wrong")                                                                       \
    X(WEAK_TOKEN, "杂凑算法过弱", "digest is too weak")                                                                \
    X(IMPRINT, "时间戳不属于该检查点", "token is of something else")                                                   \
    X(TOKEN_SIGNATURE, "时间戳的签名或证书链不符", "its signature or chain does not fit")                              \
    X(NO_TIME_PROOF, "没有证明清单在该检查点之中", "no proof that it holds the manifest")                              \
    X(BACKDATED, "时间不符：倒签，或时钟有误", "times disagree: back-dated, or a wrong clock")                         \
    X(TIMES_DISAGREE, "清单各时间互相矛盾", "times of the manifest contradict each other")                             \
    X(DERIVATIVE, "这是衍生件，不是原件", "a derivative, not the original")                                            \
    X(BAD_RECORD, "衍生件的记录有误", "not a record of a derivative that can be read")                                 \
    X(OTHER_PARENT, "并非由此录像制成", "was made of another recording")                                               \
    X(LEFT_OUT, "未附原件：已遮盖", "left out: redacted")                                                              \
    X(BAD_RECEIPT, "回执格式有误", "not a receipt that can be read")

#define VER_AS_CHECK(name, id, zh, en) VER_CHECK_##name,
#define VER_AS_WORD(name, zh, en)      VER_WORD_##name,
typedef enum { VER_CHECKS(VER_AS_CHECK) VER_N_CHECKS } VerCheck;
typedef enum { VER_WORDS(VER_AS_WORD) VER_N_WORDS } VerWord;

const char *ver_check_id(VerCheck check);
const char *ver_check_title(VerCheck check, bool chinese);
const char *ver_word_id(VerWord word);
const char *ver_word(VerWord word, bool chinese);
