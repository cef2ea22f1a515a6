// What was found, per check, in the order and with the names of yuanjian-verify.
export const checks = [
    'package',
    'manifest',
    'signature-ed25519',
    'signature-sm2',
    'certificates',
    'signer',
    'documents',
    'leaves',
    'merkle-roots',
    'media',
    'derivatives',
    'completeness',
    'checkpoint',
    'log-opened',
    'log-manifest',
    'log-audit',
    'consistency',
    'time-stamp',
    'time-authority',
    'time',
    'receipt',
] as const;
export type Check = (typeof checks)[number];
export type Result = 'PASS' | 'FAIL' | 'NOT COVERED';

export interface Where {
    file?: string;
    track?: string;
    chunk?: number;
    fromUs?: number;
    toUs?: number;
    wallUs?: number;
    index?: number;
    detail?: string;
}

export interface Finding extends Where {
    result: Result;
    reason: string;
}

interface State {
    done: boolean;
    findings: Finding[];
    failed: number;
}

const maxFindings = 20;

export class Report {
    session = '';
    private readonly states = new Map<Check, State>(
        checks.map((check) => [check, { done: false, findings: [], failed: 0 }]),
    );

    private add(check: Check, finding: Finding): void {
        const state = this.states.get(check);
        // one key signs several things: that is said once
        if (!state || state.findings.some((found) => JSON.stringify(found) === JSON.stringify(finding))) return;
        if (finding.result === 'FAIL') state.failed++;
        if (state.findings.length < maxFindings) state.findings.push(finding);
    }

    done(...ended: Check[]): void {
        for (const check of ended) {
            const state = this.states.get(check);
            if (state) state.done = true;
        }
    }

    fail(check: Check, reason: string, where: Where = {}): void {
        this.add(check, { ...where, result: 'FAIL', reason });
    }

    skip(check: Check, reason: string, where: Where = {}): void {
        this.add(check, { ...where, result: 'NOT COVERED', reason });
    }

    result(check: Check): Result {
        const state = this.states.get(check);
        if (!state || (state.failed === 0 && !state.done)) return 'NOT COVERED';
        if (state.failed > 0) return 'FAIL';
        return state.findings.length > 0 ? 'NOT COVERED' : 'PASS';
    }

    findings(check: Check): Finding[] {
        return this.states.get(check)?.findings ?? [];
    }

    more(check: Check): number {
        const state = this.states.get(check);
        return state ? Math.max(0, state.failed - maxFindings) : 0;
    }

    overall(): Result {
        return checks.some((check) => this.result(check) === 'FAIL') ? 'FAIL' : 'PASS';
    }
}
