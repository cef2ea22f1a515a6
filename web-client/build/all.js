// Builds the pages one by one, then writes a .gz beside every file that is worth it: the gateway serves it as it is.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = process.argv.length > 2 ? process.argv.slice(2) : ['visit', 'terminal', 'console', 'verify', 'photo'];
const worthIt = /\.(html|js|css|svg|json|webmanifest|txt)$/;
const smallest = 256;

function compress(folder) {
    for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (statSync(path).isDirectory()) compress(path);
        else if (worthIt.test(name)) {
            const plain = readFileSync(path);
            if (plain.length < smallest) continue;
            const packed = gzipSync(plain, { level: 9 });
            if (packed.length < plain.length) writeFileSync(`${path}.gz`, packed);
        }
    }
}

for (const page of pages) {
    if (!existsSync(join(root, page, 'index.html'))) {
        console.error(`web-client/${page}/index.html is missing: this page cannot be built`);
        process.exitCode = 1;
        continue;
    }
    await build({ configFile: join(root, page, 'vite.config.ts'), logLevel: 'warn' });
    compress(join(root, 'dist', page));
    console.log(`built ${page}`);
}
