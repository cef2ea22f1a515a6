/** The text of a table: UTF-8, or what spreadsheets here write when nobody tells them otherwise. */
export function textOf(bytes: ArrayBuffer): string {
    try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
        return new TextDecoder('gb18030').decode(bytes);
    }
}
