/**
 * Parts of Element Plus whose declared properties `exactOptionalPropertyTypes` cannot read (each has a validator that may be
 * undefined, and then the whole description is taken for the property's type). Their properties are unchecked here; all
 * other parts are imported from the package itself.
 */
import {
    ElConfigProvider as ConfigProvider,
    ElDropdownItem as DropdownItem,
    ElFormItem as FormItem,
    ElOption as Option,
    ElSelect as Select,
} from 'element-plus';

type Unchecked = new () => {
    $props: Record<string, unknown>;
    $slots: Record<string, (scope: Record<string, unknown>) => unknown>;
};

export const ElConfigProvider = ConfigProvider as unknown as Unchecked;
export const ElDropdownItem = DropdownItem as unknown as Unchecked;
export const ElFormItem = FormItem as unknown as Unchecked;
export const ElOption = Option as unknown as Unchecked;
export const ElSelect = Select as unknown as Unchecked;
