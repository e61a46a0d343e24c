/** The icons of this app, as strokes on a grid of 24: a phone loads no icon library for a dozen pictures. */
export const icons = {
  check: 'm5 12.5 4.5 4.5L19 7.5',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M12 7.5V12l3 2',
  send: 'M12 19V5m-6.5 6.5L12 5l6.5 6.5',
  link: 'M10 14a4.5 4.5 0 0 0 6.4 0l3-3A4.5 4.5 0 0 0 13 4.6l-1 1M14 10a4.5 4.5 0 0 0-6.4 0l-3 3A4.5 4.5 0 0 0 11 19.4l1-1',
  flag: 'M6 21V4m0 0c4-2 8 2 12 0v10c-4 2-8-2-12 0',
  offline: 'm4 4 16 16M8.5 8.5A6 6 0 0 0 7 19h10m3.5-1.5A4.5 4.5 0 0 0 17.5 10h-1.2A6 6 0 0 0 11.5 6.5',
  house: 'm4 11 8-7 8 7v9H4zM10 20v-6h4v6',
  people: 'M9 4a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7M3 20a6 6 0 0 1 12 0M15.5 4.3a3.5 3.5 0 0 1 0 6.4M18 14.6A6 6 0 0 1 21 20',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 1 0 0-8M5 21a7 7 0 0 1 14 0',
  list: 'm3.5 6.5 1.5 1.5 3-3m-4.5 11 1.5 1.5 3-3M12 7h8.5M12 16.5h8.5',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1 1-1.1 1.8m0 3v.1',
  leave: 'M10 4H5v16h5m5-12 4 4-4 4m4-4H10',
} as const;
