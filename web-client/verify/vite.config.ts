// One file that works from a memory stick (file://): script and style stand in the page, and its policy lets it load nothing else.
import { createHash } from 'node:crypto';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { entry } from '../build/entry.ts';

function single(): Plugin {
    return {
        name: 'single-file',
        enforce: 'post',
        generateBundle(_, bundle) {
            const page = bundle['index.html'];
            if (page?.type !== 'asset') throw new Error('there is no index.html');
            let html = String(page.source).replace(
                /<(?:script|link)[^>]*(?:src|href)="[^"]*assets[^"]*"[^>]*>(?:<\/script>)?/g,
                '',
            );
            for (const [name, file] of Object.entries(bundle)) {
                if (file.type === 'chunk') {
                    const code = file.code.replace(/<\/script/g, '<\\/script');
                    const hash = createHash('sha256').update(code).digest('base64');
                    const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
                    html = html.replace(
                        '<title>',
                        () => `<meta http-equiv="Content-Security-Policy" content="${policy}" />\n        <title>`,
                    );
                    html = html.replace('</body>', () => `<script type="module">${code}</script></body>`);
                } else if (name.endsWith('.css')) {
                    html = html.replace('</head>', () => `<style>${String(file.source)}</style></head>`);
                }
                if (name !== 'index.html') Reflect.deleteProperty(bundle, name);
            }
            page.source = html;
        },
    };
}

const config = entry('verify');
export default defineConfig({ ...config, base: './', plugins: [single()] });
