#include "recorder/evidence/guide.h"

#include <string.h>

#include "recorder/evidence/item.h"

/* Lines that are indented by four spaces are, one after the other, a script for bash; a test runs them. */
static const char OPENING[] =
    "远见录像证据包：手工核验步骤                          How to verify this package by hand\n"
    "================================================================================================\n"
    "\n"
    "只需 bash、unzip、sha256sum 和 openssl 3.0 以上版本。缩进四格的各行可逐行复制执行，也可按顺序整体作为脚本执行。\n"
    "任何一步结果不符，即不应采信。用程序核验：yuanjian-verify 文件.evp\n"
    "You need bash, unzip, sha256sum and openssl 3.0 or later, nothing of ours. The indented lines can be copied one "
    "by\n"
    "one, or run together as a script. If any step does not come out as it says, do not rely on the package.\n"
    "\n"
    "0. 解包；以下命令均在解包后的目录中执行。  Unpack; run everything below in the folder that this makes.\n"
    "   unzip FILE.evp -d package && cd package\n"
    "\n"
    "    set -e -o pipefail; export LC_ALL=C; work=$(mktemp -d)\n"
    "    hash() { openssl dgst \"-$1\" -r | cut -d' ' -f1; }\n"
    "    bytes() { printf '%b' \"$(sed 's/../\\\\x&/g')\"; }\n"
    "\n";

static const char KEYS[] = "1. 由谁签名：请与该单位公开的证书指纹比对（不要只相信本包内的证书）。\n"
                           "   Who signed: compare these fingerprints with those that the authority has published; do "
                           "not trust this package for them.\n"
                           "\n";

static const char MANIFEST[] =
    "2. 清单的两个签名（Ed25519 与 SM2），两次都应显示 Signature Verified Successfully。\n"
    "   Two signatures over the manifest; it must say \"Signature Verified Successfully\" twice. The manifest names "
    "the\n"
    "   certificates by the SHA-256 of their DER form: the first two lines must print one match each.\n"
    "\n";

static const char HASHES[] =
    "3. 每个文件与清单一致：各行都应显示 OK。  Every file is as the signed manifest says: each line must end in OK.\n"
    "\n"
    "    tr -d ' \\n' < manifest.json | grep -o '\"file\":\"[^\"]*\"[^{}]*\"sha256\":\"[0-9a-f]*\"' |\n"
    "      sed 's/^\"file\":\"\\([^\"]*\\)\".*\"sha256\":\"\\(.*\\)\"$/\\2  \\1/' |\n"
    "      sed '/  recording.json$/b;/  leaves.jsonl$/b;s/  /  media\\//' > \"$work/sums\"\n"
    "    sha256sum -c \"$work/sums\"\n"
    "\n"
    "   国密杂凑 SM3（与清单中的 sm3 比对）：  The same with SM3; each must be found in the manifest:\n"
    "\n"
    "    cut -c67- \"$work/sums\" | while read -r file; do sum=$(hash sm3 < \"$file\"); grep -q \"$sum\" manifest.json "
    "&&\n"
    "      echo \"$file: SM3 OK\" || { echo \"$file: SM3 FAILED\"; exit 1; }; done\n"
    "\n";

/* In place of HASHES and CHUNKS where the media was left out. */
static const char REDACTED[] =
    "3. 本包经遮盖：不含原件（media/），因此无法核验原件的内容。以下两个文件应与清单一致。\n"
    "   This package is redacted: the original media was left out, and nothing here shows what is in it. The two "
    "documents\n"
    "   are as the signed manifest says: each line must end in OK.\n"
    "\n"
    "    tr -d ' \\n' < manifest.json | grep -o '\"file\":\"[^\"]*\"[^{}]*\"sha256\":\"[0-9a-f]*\"' |\n"
    "      sed 's/^\"file\":\"\\([^\"]*\\)\".*\"sha256\":\"\\(.*\\)\"$/\\2  \\1/' | grep -E '  "
    "(recording.json|leaves.jsonl)$' > \"$work/sums\"\n"
    "    sha256sum -c \"$work/sums\"\n"
    "\n"
    "4. 各段未附。  There are no chunks in here.\n"
    "\n";

static const char CHUNKS[] =
    "4. 每一段（约 10 秒）与 leaves.jsonl 一致。  Every chunk of about 10 s is as leaves.jsonl says.\n"
    "\n"
    "    while read -r line; do\n"
    "      file=$(echo \"$line\" | sed 's/.*\"file\":\"\\([^\"]*\\)\".*/\\1/')\n"
    "      number() { echo \"$line\" | sed \"s/.*\\\"$1\\\":\\([0-9]*\\).*/\\1/\"; }\n"
    "      sum=$(tail -c \"+$(($(number offset) + 1))\" \"media/$file\" 2>/dev/null | head -c \"$(number bytes)\" | "
    "hash sha256 || true)\n"
    "      case $line in *\"\\\"sha256\\\":\\\"$sum\\\"\"*) echo \"$file $(number chunk): OK\";;\n"
    "        *) echo \"$file $(number chunk): FAILED\"; exit 1;; esac\n"
    "    done < leaves.jsonl\n"
    "\n";

static const char ROOTS[] =
    "5. 各段的默克尔树根（RFC 6962）与清单一致：应显示 sha256 root OK 与 sm3 root OK。\n"
    "   The Merkle roots (RFC 6962) over the lines of leaves.jsonl are those of the manifest.\n"
    "\n"
    "    leaf() { { printf '\\0'; cat; } | hash \"$1\"; }\n"
    "    node() { echo \"01$2$3\" | bytes | hash \"$1\"; }\n"
    "    root() {\n"
    "      local h=() n i\n"
    "      while IFS= read -r line; do h+=(\"$(printf '%s' \"$line\" | leaf \"$1\")\"); done < leaves.jsonl\n"
    "      while [ ${#h[@]} -gt 1 ]; do\n"
    "        n=()\n"
    "        for ((i = 0; i < ${#h[@]}; i += 2)); do\n"
    "          if [ $((i + 1)) -lt ${#h[@]} ]; then n+=(\"$(node \"$1\" \"${h[i]}\" \"${h[i+1]}\")\"); else "
    "n+=(\"${h[i]}\"); fi\n"
    "        done\n"
    "        h=(\"${n[@]}\")\n"
    "      done\n"
    "      echo \"${h[0]}\"\n"
    "    }\n"
    "    for kind in sha256 sm3; do\n"
    "      tr -d ' \\n' < manifest.json | grep -q \"\\\"${kind}_root\\\":\\\"$(root $kind)\\\"\" && echo \"$kind root "
    "OK\" ||\n"
    "        { echo \"$kind root FAILED\"; exit 1; }\n"
    "    done\n"
    "\n";

static const char DERIVATIVES[] =
    "   衍生件（合成、遮盖）不是原件：以下只说明它们与各自的记录相符，记录所指的是本清单。\n"
    "   Derivatives are not the original: this shows only that each is as its record says, and that the record names "
    "this\n"
    "   manifest.\n"
    "\n"
    "    for record in derivatives/*.json; do\n"
    "      file=${record%.json}.webm; text=$(tr -d ' \\n' < \"$record\")\n"
    "      case $text in *\"\\\"manifest_sha256\\\":\\\"$(hash sha256 < manifest.json)\\\"\"*) ;;\n"
    "        *) echo \"$record: FAILED, of another recording\"; exit 1;; esac\n"
    "      case $text in *\"\\\"sha256\\\":\\\"$(hash sha256 < \"$file\")\\\"\"*) echo \"$file: as its record "
    "says, OK\";;\n"
    "        *) echo \"$file: FAILED\"; exit 1;; esac\n"
    "    done\n"
    "\n";

static const char LOG[] =
    "6. 日志检查点的签名。  The signatures of the log's checkpoint (a C2SP signed note: text, an empty line, "
    "signatures).\n"
    "\n"
    "    sed '/^$/,$d' log/checkpoint > \"$work/note\"\n"
    "    sed '1,/^$/d' log/checkpoint | sed -n 1p | sed 's/.* //' | openssl base64 -d -A | tail -c +5 > "
    "\"$work/note.ed25519\"\n"
    "    sed '1,/^$/d' log/checkpoint | sed -n 2p | sed 's/.* //' | openssl base64 -d -A | tail -c +5 > "
    "\"$work/note.sm2\"\n"
    "    some_key() { # one of the keys in this package made that signature\n"
    "      for pem in \"$work/$1\"-*.pem; do\n"
    "        if [ \"$1\" = ed25519 ]; then openssl pkeyutl -verify -pubin -inkey \"$pem\" -rawin -in \"$2\" -sigfile "
    "\"$3\"\n"
    "        else openssl pkeyutl -verify -pubin -inkey \"$pem\" -rawin -digest sm3 \\\n"
    "          -pkeyopt distid:1234567812345678 -in \"$2\" -sigfile \"$3\"; fi >/dev/null 2>&1 && echo \"$2: $1 OK, "
    "$pem\" && return\n"
    "      done; echo \"$2: $1 FAILED\"; return 1; }\n"
    "    some_key ed25519 \"$work/note\" \"$work/note.ed25519\"; some_key sm2 \"$work/note\" \"$work/note.sm2\"\n"
    "\n"
    "7. 清单已记入该日志：由叶子和证明算出的树根应等于检查点的树根；叶子中的 SHA-256 应是清单的。\n"
    "   The manifest is in that log: the root computed from the leaf and its proof is the checkpoint's (RFC 9162, "
    "2.1.3.2),\n"
    "   and the leaf names the manifest's SHA-256.\n"
    "\n"
    "    grep -q \"$(hash sha256 < manifest.json)\" log/manifest.json && echo \"leaf names the manifest: OK\"\n"
    "    from64() { openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n'; }\n"
    "    r=$(leaf sha256 < log/manifest.json)\n"
    "    fn=$(sed -n 's/^index //p' log/manifest.tlog-proof); sn=$(($(sed -n 2p log/checkpoint) - 1))\n"
    "    for p in $(sed '1,2d;/^$/,$d' log/manifest.tlog-proof); do\n"
    "      p=$(echo \"$p\" | from64)\n"
    "      if [ $((fn & 1)) = 1 ] || [ \"$fn\" = \"$sn\" ]; then\n"
    "        r=$(node sha256 \"$p\" \"$r\")\n"
    "        while [ $((fn & 1)) = 0 ] && [ \"$fn\" != 0 ]; do fn=$((fn >> 1)); sn=$((sn >> 1)); done\n"
    "      else r=$(node sha256 \"$r\" \"$p\"); fi\n"
    "      fn=$((fn >> 1)); sn=$((sn >> 1))\n"
    "    done\n"
    "    [ \"$sn\" = 0 ] && [ \"$r\" = \"$(sed -n 3p log/checkpoint | from64)\" ] && echo \"manifest is in the log: "
    "OK\" ||\n"
    "      { echo \"manifest is in the log: FAILED\"; exit 1; }\n"
    "\n";

/* RFC 9162, 2.1.4.2; `leaf` and `node` are those of ROOTS, `from64` that of LOG. */
static const char GROWTH[] =
    "   盖有时间戳的检查点与第 6 步的检查点属于同一日志：此后日志只增不改（RFC 9162, 2.1.4.2）。\n"
    "   The stamped checkpoint and that of step 6 are of one log, which only grew in between.\n"
    "\n"
    "    for proof in time/consistency-*; do\n"
    "      old=$(sed -n 3p \"time/checkpoint-${proof#time/consistency-}\" | from64); new=$(sed -n 3p log/checkpoint | "
    "from64)\n"
    "      fn=$(($(sed -n 2p \"time/checkpoint-${proof#time/consistency-}\") - 1)); sn=$(($(sed -n 2p log/checkpoint) "
    "- "
    "1))\n"
    "      while [ $((fn & 1)) = 1 ]; do fn=$((fn >> 1)); sn=$((sn >> 1)); done\n"
    "      fr=; [ \"$fn\" != 0 ] || fr=$old; sr=$fr\n"
    "      for p in $(cat \"$proof\"); do\n"
    "        p=$(echo \"$p\" | from64); [ -n \"$fr\" ] || { fr=$p; sr=$p; continue; }\n"
    "        if [ $((fn & 1)) = 1 ] || [ \"$fn\" = \"$sn\" ]; then\n"
    "          fr=$(node sha256 \"$p\" \"$fr\"); sr=$(node sha256 \"$p\" \"$sr\")\n"
    "          while [ $((fn & 1)) = 0 ] && [ \"$fn\" != 0 ]; do fn=$((fn >> 1)); sn=$((sn >> 1)); done\n"
    "        else sr=$(node sha256 \"$sr\" \"$p\"); fi\n"
    "        fn=$((fn >> 1)); sn=$((sn >> 1))\n"
    "      done\n"
    "      [ \"$sn\" = 0 ] && [ \"$fr\" = \"$old\" ] && [ \"$sr\" = \"$new\" ] && echo \"one log: OK\" ||\n"
    "        { echo \"one log: FAILED\"; exit 1; }\n"
    "    done\n"
    "\n";

static const char TIME[] =
    "8. 时间戳（RFC 3161）：先用该时间戳机构公开的根证书替换 TSA_ROOT。应显示 Verification: OK；第二行显示时间。\n"
    "   Time stamps: set TSA_ROOT to the published root certificate of the time-stamping authority. It must say\n"
    "   \"Verification: OK\"; the second command shows the time. Without the root this shows only that the token "
    "fits.\n"
    "\n"
    "    TSA_ROOT=${TSA_ROOT:-time/tsa.pem}\n";

static const char NO_TIME[] =
    "8. 本包没有可信时间戳。  There is no time stamp of an outside authority in this package.\n"
    "\n";

static const char RECEIPT[] =
    "9. 导出回执的签名与内容：谁、何时、因何导出，以及本包每个文件的 SHA-256。\n"
    "   The receipt: who took this out, when and why, and the SHA-256 of every entry of the package.\n"
    "\n"
    "    some_key ed25519 receipt.json receipt.ed25519; some_key sm2 receipt.json receipt.sm2\n"
    "    tr -d ' \\n' < receipt.json | grep -o '\"name\":\"[^\"]*\"[^{}]*\"sha256\":\"[0-9a-f]*\"' |\n"
    "      sed 's/^\"name\":\"\\([^\"]*\\)\".*\"sha256\":\"\\(.*\\)\"$/\\2  \\1/' > \"$work/receipt\"\n"
    "    sha256sum -c \"$work/receipt\"\n"
    "\n";

static const char REDACTED_CLOSING[] =
    "以上证明：清单自签名以来未被改动并已记入日志，衍生件与签名的回执相符。不能证明：未附的原件内容为何、遮盖是否得当、"
    "画面之前"
    "发生的事是否真实、人员身份是否属实。详见 docs/evidence.md。\n"
    "This shows that the manifest is unaltered since it was signed, that the log holds it, and that the derivative is "
    "the one of\n"
    "the signed receipt. It does not show what is in the original that was left out, whether the right things were "
    "taken "
    "out,\n"
    "whether the scene was staged, nor who the people are. See docs/evidence.md.\n";

static const char CLOSING[] =
    "以上证明：媒体与清单自签名以来未被改动，清单已记入日志。不能证明：画面之前发生的事是否真实、人员身份是否属实。详见"
    " docs/evidence.md。\n"
    "This shows that media and manifest are unaltered since they were signed, and that the log holds the manifest. It "
    "does not\n"
    "show that the scene before the camera was not staged, nor who the people are. See docs/evidence.md.\n";

static void
add_keys(GString *text, const GPtrArray *items)
{
    g_string_append(text, KEYS);
    for (unsigned i = 0; i < items->len; i++) {
        const RecPackageItem *item = g_ptr_array_index(items, i);
        if (!g_str_has_prefix(item->name, "keys/") || !g_str_has_suffix(item->name, ".crt"))
            continue;
        g_autofree char *stem = g_strndup(item->name + 5, strlen(item->name) - 9);
        g_string_append_printf(text,
                               "    openssl x509 -in %s -noout -subject -dates -fingerprint -sha256\n"
                               "    openssl x509 -in %s -noout -pubkey > \"$work/%s.pem\"\n",
                               item->name, item->name, stem);
    }
    g_string_append_c(text, '\n');
}

static void
add_manifest(GString *text)
{
    g_string_append(text, MANIFEST);
    g_string_append(
        text,
        "    key_of() { for crt in keys/\"$1\"-*.crt; do sum=$(openssl x509 -in \"$crt\" -outform DER | hash sha256)\n"
        "      tr -d ' \\n' < manifest.json | grep -q \"\\\"$1\\\":\\\"$sum\\\"\" && basename \"$crt\" .crt; done; "
        "true; }\n"
        "    ed=$(key_of ed25519); sm=$(key_of sm2); echo \"signed by: $ed $sm\"\n"
        "    openssl pkeyutl -verify -pubin -inkey \"$work/$ed.pem\" -rawin -in manifest.json -sigfile "
        "manifest.ed25519\n"
        "    openssl pkeyutl -verify -pubin -inkey \"$work/$sm.pem\" -rawin -digest sm3 -pkeyopt "
        "distid:1234567812345678 \\\n"
        "      -in manifest.json -sigfile manifest.sm2\n\n");
}

static void
add_times(GString *text, const GPtrArray *items)
{
    const char *untrusted = rec_package_item_find(items, "time/tsa.pem") ? "-untrusted time/tsa.pem " : "";
    bool any = false;

    for (unsigned i = 0; i < items->len; i++) {
        const RecPackageItem *item = g_ptr_array_index(items, i);
        if (!g_str_has_prefix(item->name, "time/checkpoint-") || !g_str_has_suffix(item->name, ".tsr"))
            continue;
        if (!any)
            g_string_append(text, TIME);
        any = true;
        g_autofree char *data = g_strndup(item->name, strlen(item->name) - 4);
        g_string_append_printf(text,
                               "    openssl ts -verify -partial_chain -data %s -in %s %s-CAfile \"$TSA_ROOT\"\n"
                               "    openssl ts -reply -in %s -text | grep 'Time stamp'\n",
                               data, item->name, untrusted, item->name);
    }
    g_string_append(text, any ? "\n" : NO_TIME);
}

static bool
has_any(const GPtrArray *items, const char *prefix)
{
    for (unsigned i = 0; i < items->len; i++) {
        if (g_str_has_prefix(((const RecPackageItem *)g_ptr_array_index(items, i))->name, prefix))
            return true;
    }
    return false;
}

GBytes *
rec_guide_make(const GPtrArray *items, bool is_redacted)
{
    GString *text = g_string_new(OPENING);

    add_keys(text, items);
    add_manifest(text);
    g_string_append(text, is_redacted ? REDACTED : HASHES);
    g_string_append(text, is_redacted ? "" : CHUNKS);
    g_string_append(text, ROOTS);
    g_string_append(text, has_any(items, "derivatives/") ? DERIVATIVES : "");
    g_string_append(text, LOG);
    add_times(text, items);
    g_string_append(text, has_any(items, "time/consistency-") ? GROWTH : "");
    g_string_append(text, RECEIPT);
    g_string_append(text, is_redacted ? REDACTED_CLOSING : CLOSING);
    return g_string_free_to_bytes(text);
}
