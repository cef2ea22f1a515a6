/** Asking before something is done that cannot be taken back at once. */
import { ElMessageBox } from 'element-plus';
import { useI18n } from 'vue-i18n';

/** warn: with a warning's sign; danger: and a red button. The action is the title and the button. */
export type Gravity = 'plain' | 'warn' | 'danger';

export function useSure(): (text: string, action: string, gravity?: Gravity) => Promise<boolean> {
    const { t } = useI18n();
    return (text, action, gravity = 'plain') =>
        ElMessageBox.confirm(text, action, {
            ...(gravity === 'plain' ? {} : { type: 'warning' as const }),
            ...(gravity === 'danger' ? { confirmButtonClass: 'el-button--danger' } : {}),
            confirmButtonText: action,
            cancelButtonText: t('common.cancel'),
        }).then(
            () => true,
            () => false,
        );
}
