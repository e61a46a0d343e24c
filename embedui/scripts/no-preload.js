// Stands in for Vite's preload helper. It fetches style sheets and modules that belong to a part which is loaded when
// it is used; our parts of that kind have none (half a kB gzip in each app).
export const __vitePreload = (load) => load();
