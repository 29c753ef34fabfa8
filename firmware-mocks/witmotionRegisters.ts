/** The registers of a WitMotion: locked, kept over a restart only when they were saved. */

const WitRegister = {
  save: 0x00,
  rate: 0x03,
  version: 0x2e,
  celsius: 0x40,
  quaternion: 0x51,
  battery: 0x64,
  unlock: 0x69,
} as const;

const UNLOCK_KEY = 0xb588;
/** A step after an unlock or a change is taken when so long has passed; the page asks for 100 ms, the rest is our patience. */
const SETTLE_MS = 80;
const RATES_HZ: Readonly<Record<number, number>> = {
  0x01: 0.2,
  0x02: 0.5,
  0x03: 1,
  0x04: 2,
  0x05: 5,
  0x06: 10,
  0x07: 20,
  0x08: 50,
  0x09: 100,
  0x0b: 200,
};
const DEFAULT_RATE_CODE = 0x06;
const VERSION = 10_219;
const CELSIUS_HUNDREDTHS = 3150;
const FULL_SCALE_COUNTS = 32_767;

/** Centivolts of the cell by its charge, the vendor's table read the other way round. */
const CENTIVOLTS_OF_PCT: readonly (readonly [pct: number, centivolts: number])[] = [
  [0, 340],
  [5, 350],
  [10, 368],
  [15, 370],
  [20, 373],
  [30, 377],
  [40, 379],
  [50, 382],
  [60, 387],
  [75, 393],
  [90, 396],
  [100, 399],
];

export function centivoltsOf(pct: number): number {
  const above = CENTIVOLTS_OF_PCT.findIndex(([point]) => point >= pct);
  if (above <= 0) return CENTIVOLTS_OF_PCT[0][1];
  const [lowPct, low] = CENTIVOLTS_OF_PCT[above - 1];
  const [highPct, high] = CENTIVOLTS_OF_PCT[above];
  return Math.round(low + ((pct - lowPct) / (highPct - lowPct)) * (high - low));
}

export class WitmotionRegisters {
  private readonly values = new Map<number, number>([
    [WitRegister.rate, DEFAULT_RATE_CODE],
    [WitRegister.version, VERSION],
    [WitRegister.celsius, CELSIUS_HUNDREDTHS],
    [WitRegister.quaternion, FULL_SCALE_COUNTS],
  ]);
  private saved = new Map(this.values);
  private isUnlocked = false;
  private changedMs = -Infinity;
  saves = 0;

  get rateHz(): number {
    return RATES_HZ[this.values.get(WitRegister.rate) ?? DEFAULT_RATE_CODE];
  }

  /** Eight registers from `first` on. */
  read(first: number, batteryPct: number): number[] {
    this.values.set(WitRegister.battery, centivoltsOf(batteryPct));
    return Array.from({ length: 8 }, (_, i) => this.values.get(first + i) ?? 0);
  }

  /** What comes too soon, or without the key, is ignored in silence. */
  write(register: number, value: number, nowMs: number): void {
    const isSettled = nowMs - this.changedMs >= SETTLE_MS;
    if (register === WitRegister.unlock) this.isUnlocked = value === UNLOCK_KEY;
    else if (!this.isUnlocked || !isSettled) return;
    else if (register === WitRegister.save) this.save();
    else if (register !== WitRegister.rate || value in RATES_HZ) this.values.set(register, value);
    this.changedMs = nowMs;
  }

  restart(): void {
    this.values.clear();
    for (const [register, value] of this.saved) this.values.set(register, value);
    this.isUnlocked = false;
    this.changedMs = -Infinity;
  }

  private save(): void {
    this.saved = new Map(this.values);
    this.isUnlocked = false;
    this.saves++;
  }
}
