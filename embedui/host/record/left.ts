/** Says to pages that do not open the database of recordings for it that something may be in it. */
const flag = 'harmonium.unsent';

/** Whether an earlier visit may have left something unsent on this device. */
export function mayHaveLeft(): boolean {
  try {
    return localStorage.getItem(flag) !== null;
  } catch {
    return false;
  }
}

export function somethingLeft(): void {
  try {
    localStorage.setItem(flag, '1');
  } catch {
    return;
  }
}

export function nothingLeft(): void {
  try {
    localStorage.removeItem(flag);
  } catch {
    return;
  }
}
