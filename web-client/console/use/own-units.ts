/** The units that this person reaches, and the one that these pages are about: remembered from page to page. */
import { computed, ref, watch } from 'vue';
import * as protocol from '@rtc/protocol';
import type { UnitRow } from '@rtc/protocol';
import { useSession } from '../stores/session';
import { useLoaded } from './loaded';

const chosen = ref('');

export function useOwnUnits() {
    const session = useSession();
    const units = useLoaded<UnitRow[]>([], async () => (await session.call(protocol.administration.units, {})).units);
    watch(
        units.value,
        (list) => {
            if (list.some((unit) => unit.id === chosen.value)) return;
            const own = session.person?.unit.id;
            chosen.value = (list.find((unit) => unit.id === own) ?? list[0])?.id ?? '';
        },
        { immediate: true },
    );
    return {
        units: computed(() => units.value.value.filter((unit) => !unit.closed_ms)),
        unit: chosen,
        failure: units.failure,
    };
}
