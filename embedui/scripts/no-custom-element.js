// Stands in for Svelte's own dom/elements/custom-element.js. It makes a class as soon as it is loaded, so bundlers keep
// it, and all that it needs of Svelte 4, though none of our components is a custom element (1 kB gzip in each app).
export const create_custom_element = undefined;
