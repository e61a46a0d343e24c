// Stands in for Svelte's own dom/blocks/boundary.js. Every page is mounted within a boundary that catches errors and
// waits for what templates await; our templates await nothing and leave errors to the browser, so that all it does is
// to render (1 kB gzip in each app). While this stands here no component may use <svelte:boundary> or `await` in its
// template.
import { EFFECT_PRESERVED, EFFECT_TRANSPARENT } from '../node_modules/svelte/src/internal/client/constants.js';
import { block, branch } from '../node_modules/svelte/src/internal/client/reactivity/effects.js';

export const boundary = (node, _props, children) => {
  block(() => void branch(() => children(node)), EFFECT_TRANSPARENT | EFFECT_PRESERVED);
};
export const pending = undefined;
