// A gateway of a test's own: free ports, a data directory that goes when the test passes, the command line.
import { execFileSync, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { program } from './paths.mjs';

function listen(server, port) {
    return new Promise((resolve) => {
        server.once('error', () => resolve(false));
        (server.listen ?? server.bind).call(server, port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
}

// Free for TCP and UDP, and below what the kernel gives to those who ask for any port.
async function freePort() {
    for (;;) {
        const port = 20000 + Math.floor(Math.random() * 12000);
        if (await listen(net.createServer(), port) && await listen(dgram.createSocket('udp4'), port))
            return port;
    }
}

export class Gateway {
    static async start(config = '') {
        const self = new Gateway();
        self.data = fs.mkdtempSync(path.join(os.tmpdir(), 'yuanjian-e2e-'));
        self.port = await freePort();
        self.mediaPort = await freePort();
        self.config = path.join(self.data, 'test.conf');
        fs.writeFileSync(self.config, config);
        self.log = '';
        await self.launch();
        return self;
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    async launch() {
        this.process = spawn(program, ['serve', '--config', this.config, '--data', path.join(this.data, 'node'), '--listen',
            `127.0.0.1:${this.port}`, '--media-port', String(this.mediaPort)], { stdio: ['ignore', 'pipe', 'pipe'] });
        this.exited = new Promise((resolve) => this.process.once('exit', (code, signal) => resolve({ code, signal })));
        const keep = (chunk) => { this.log += chunk; };
        this.process.stdout.on('data', keep);
        this.process.stderr.on('data', keep);
        for (let i = 0; i < 150; i++) {
            if (this.process.exitCode !== null)
                throw new Error(`the gateway ended at once:\n${this.log}`);
            const answer = await fetch(`${this.url}/readyz`).catch(() => null);
            if (answer?.ok)
                return;
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error(`the gateway is not ready:\n${this.log}`);
    }

    cli(...args) {
        return execFileSync(program, [...args, '--data', path.join(this.data, 'node')], { encoding: 'utf8' });
    }

    json(...args) {
        return JSON.parse(this.cli(...args, '--json'));
    }

    // A recording in the clear: its folder, and its media files.
    extract(session) {
        const folder = path.join(this.data, `extracted-${session}`);
        fs.rmSync(folder, { recursive: true, force: true });
        const files = this.cli('archive', 'extract', session, folder, '--reason', 'a test looks at it').trim().split('\n');
        return { folder, files };
    }

    async kill9() {
        this.process.kill('SIGKILL');
        await this.exited;
    }

    // Started again, with the week over in which approved purges can be undone: the index says when that is.
    async passTime() {
        this.process.kill('SIGTERM');
        await this.exited;
        execFileSync('python3', ['-c', 'import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db: db.execute("UPDATE purge SET executes_ms = 1")',
            path.join(this.data, 'node/index.db')]);
        await this.launch();
    }

    async stop() {
        if (this.process.exitCode === null && this.process.signalCode === null) {
            this.process.kill('SIGTERM');
            const timer = setTimeout(() => this.process.kill('SIGKILL'), 10000);
            await this.exited;
            clearTimeout(timer);
        }
        if (!process.env.KEEP)
            fs.rmSync(this.data, { recursive: true, force: true });
    }
}
