import type { Directive } from 'vue';

/** On a node's text: names the tick box that the tree draws before it, which has no label of its own. */
export const vTickName: Directive<HTMLElement, string> = (element, { value }) => {
    element.closest('.el-tree-node__content')?.querySelector('input[type=checkbox]')?.setAttribute('aria-label', value);
};
