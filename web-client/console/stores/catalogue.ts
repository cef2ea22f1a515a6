/** Warnings and causes, asked for once per sign-in. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import * as protocol from '@rtc/protocol';
import type { Cause, Warning } from '@rtc/protocol';
import { useSession } from './session';

export const useCatalogue = defineStore('catalogue', () => {
    const session = useSession();
    const warnings = shallowRef<Warning[]>([]);
    const causes = shallowRef<Cause[]>([]);

    async function load(): Promise<void> {
        if (warnings.value.length > 0 || causes.value.length > 0) return;
        const answer = await session.call(protocol.visits.presets, {});
        warnings.value = answer.warnings;
        causes.value = answer.causes;
    }

    return { warnings, causes, load };
});
