/** The name under which alerts are acknowledged; stays on this device. */
const KEY = 'plumbline.caregiverName';

/** Storage may be forbidden by the browser; the name is then asked for again. */
export function storedName(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

export function storeName(name: string): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // The name holds while the page is open.
  }
}
