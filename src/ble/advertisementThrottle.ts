/** Advertisements come many times a second from every device around; the service needs to know who is there. */
import type { Advertisement } from '../model/ports.ts';

const INTERVAL_MS = 250;
const MAX_DEVICES = 1024;

export class AdvertisementThrottle {
  readonly #last = new Map<string, { readonly atMs: number; readonly content: string }>();

  /** True for a device's first advertisement, for a changed one, and four times a second. */
  admits(advertisement: Advertisement, nowMs: number): boolean {
    const content = `${advertisement.name ?? ''} ${advertisement.serviceUuids.length} ${advertisement.companyId ?? ''}`;
    const last = this.#last.get(advertisement.id);
    if (last && last.content === content && nowMs - last.atMs < INTERVAL_MS) return false;
    if (this.#last.size >= MAX_DEVICES) this.#last.clear();
    this.#last.set(advertisement.id, { atMs: nowMs, content });
    return true;
  }
}
