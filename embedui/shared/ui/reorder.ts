/** The place of one item of a list on screen, in CSS pixels from the top of the list. */
export interface Place {
  top: number;
  height: number;
}

/** The list with the item at `from` moved to `to`; places beyond the ends are the ends. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = [...list];
  const [item] = rest.splice(from, 1);
  if (item !== undefined) rest.splice(Math.max(0, to), 0, item);
  return rest;
}

/**
 * Where the item at `from`, dragged down by `by` pixels (up when negative), would come to stand: it passes another
 * item when its leading edge has passed that item's middle.
 */
export function dropIndex(places: readonly Place[], from: number, by: number): number {
  const item = places[from];
  if (!item) return from;
  let to = from;
  if (by > 0) {
    const edge = item.top + item.height + by;
    for (let i = from + 1; i < places.length && edge > middle(places[i]); i++) to = i;
  } else {
    const edge = item.top + by;
    for (let i = from - 1; i >= 0 && edge < middle(places[i]); i--) to = i;
  }
  return to;
}

/** How far (pixels) the item at `index` makes room while the one at `from` is held over `to`. */
export function shift(places: readonly Place[], from: number, to: number, index: number): number {
  const item = places[from];
  const next = places[from + 1] ?? places[from];
  const before = places[from - 1] ?? places[from];
  if (!item || !next || !before || index === from) return 0;
  const room = from + 1 < places.length ? next.top - item.top : item.top + item.height - before.top - before.height;
  if (index > from && index <= to) return -room;
  if (index < from && index >= to) return room;
  return 0;
}

function middle(place: Place | undefined): number {
  return place ? place.top + place.height / 2 : Number.NaN;
}
