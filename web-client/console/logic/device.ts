/** What a browser says of itself, as people call it: "Chrome · Windows"; empty when it says nothing that is known. */
export function deviceOf(userAgent: string | undefined): string {
    const text = userAgent ?? '';
    const browsers: readonly (readonly [RegExp, string])[] = [
        [/MicroMessenger/, 'WeChat'],
        [/Edg\//, 'Edge'],
        [/Firefox\//, 'Firefox'],
        [/Chrome\//, 'Chrome'],
        [/Safari\//, 'Safari'],
    ];
    const systems: readonly (readonly [RegExp, string])[] = [
        [/Windows/, 'Windows'],
        [/Android/, 'Android'],
        [/iPhone|iPad/, 'iOS'],
        [/Mac OS X/, 'macOS'],
        [/Linux/, 'Linux'],
    ];
    const find = (list: typeof browsers) => list.find(([pattern]) => pattern.test(text))?.[1];
    return [find(browsers), find(systems)].filter(Boolean).join(' · ') || text.slice(0, 40);
}
