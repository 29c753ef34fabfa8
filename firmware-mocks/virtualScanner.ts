/** The scanning half of the virtual controller: turns who advertises into reports for the host. */
import { advertisingData } from './advertisingData.ts';
import { advertisingReport, extendedAdvertisingReport } from './hci.ts';
import type { VirtualPeripheral } from './peripheral.ts';

/** What one radio channel can carry: 25 ticks per second of at most this many advertisers. */
const ADVERTISERS_PER_TICK = 40;

export interface ScanSetting {
  /** With the commands and reports of LE Extended Advertising. */
  readonly extended: boolean;
  /** Every address once. */
  readonly filterDuplicates: boolean;
}

export class VirtualScanner {
  readonly #send: (...packets: readonly Buffer[]) => void;
  readonly #reported = new Set<string>();
  #setting: ScanSetting | undefined;
  #next = 0;

  constructor(send: (...packets: readonly Buffer[]) => void) {
    this.#send = send;
  }

  get isOn(): boolean {
    return this.#setting !== undefined;
  }

  set(setting: ScanSetting | undefined): void {
    this.#setting = setting;
    this.#reported.clear();
  }

  /** One advertising interval: reports advertisement and scan response of as many as fit, the others at the next. */
  tick(advertisers: readonly VirtualPeripheral[]): void {
    const setting = this.#setting;
    if (!setting || advertisers.length === 0) return;
    const count = Math.min(advertisers.length, ADVERTISERS_PER_TICK);
    for (let i = 0; i < count; i++) {
      const peripheral = advertisers[(this.#next + i) % advertisers.length];
      if (peripheral) this.#report(peripheral, setting);
    }
    this.#next = (this.#next + count) % advertisers.length;
  }

  #report(peripheral: VirtualPeripheral, { extended, filterDuplicates }: ScanSetting): void {
    if (filterDuplicates && this.#reported.has(peripheral.address)) return;
    this.#reported.add(peripheral.address);
    const { advertisement, scanResponse } = advertisingData(peripheral);
    const build = extended ? extendedAdvertisingReport : advertisingReport;
    const rssiDbm = peripheral.rssiDbm();
    this.#send(
      build('connectable', peripheral, advertisement, rssiDbm),
      build('scanResponse', peripheral, scanResponse, rssiDbm),
    );
  }
}
