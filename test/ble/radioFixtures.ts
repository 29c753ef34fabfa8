/** What the tests of the radio share: a logger that remembers, short time limits, an advertisement awaited. */
import type { RadioLimits } from '../../src/ble/limits.ts';
import type { Advertisement, BleCentral, BleLink, Logger } from '../../src/model/ports.ts';

export const BENCH_ADDRESS = 'c0:ff:ee:00:00:01';
export const SECOND_ADDRESS = 'c0:ff:ee:00:00:02';

/** Short, so that what is meant to time out does so soon; long enough for a busy machine. */
export const SHORT_LIMITS: Partial<RadioLimits> = {
  connectMs: 1500,
  operationMs: 1000,
  discoveryMs: 1500,
  mtuWaitMs: 300,
  disconnectMs: 500,
};

export interface LogEntry {
  readonly level: string;
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

export function memoryLogger(): Logger & { readonly entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  const at =
    (level: string) =>
    (event: string, fields: Record<string, unknown> = {}): void => {
      entries.push({ level, event, fields });
    };
  return { entries, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Scans until that address is heard. */
export async function hear(central: BleCentral, address = BENCH_ADDRESS): Promise<Advertisement> {
  const heard = nextAdvertisement(central, address);
  await central.startScan();
  return heard;
}

export function nextAdvertisement(central: BleCentral, address = BENCH_ADDRESS): Promise<Advertisement> {
  return new Promise((resolve) => {
    const off = central.onAdvertisement((advertisement) => {
      if (advertisement.address !== address) return;
      off();
      resolve(advertisement);
    });
  });
}

export async function connectTo(central: BleCentral, address = BENCH_ADDRESS): Promise<BleLink> {
  const { id } = await hear(central, address);
  return central.connect(id);
}

/** Code and message of what a promise rejects with. */
export async function refusalOf(promise: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  try {
    await promise;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    return { code, message };
  }
  throw new Error('expected a rejection, found success');
}
