// Stands in for Svelte's own dom/hydration.js. Svelte guards all code that takes over pages rendered on a server by
// `hydrating`, so that a build may drop it; bundlers do not, because Svelte can set it. Our pages are never rendered
// on a server: with a constant the code goes (1.4 kB gzip in each app). If a new Svelte wants another name from here,
// the build fails and says which.
export const hydrating = false;
export const hydrate_node = undefined;
export const set_hydrating = () => {};
export const set_hydrate_node = () => undefined;
export const hydrate_next = () => undefined;
export const hydrate_template = () => {};
export const read_hydration_instruction = () => '';
export const skip_nodes = () => undefined;
export const reset = () => {};
export const next = () => {};
