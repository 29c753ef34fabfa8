/** A `NobleCentral` on a virtual controller for each test, and afterwards the proof that no promise was left to itself. */
import { afterEach, beforeEach, expect } from 'vitest';
import { type BenchOptions, createBenchPeripheral } from '../../firmware-mocks/benchPeripheral.ts';
import { createVirtualRadio, type VirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import type { VirtualPeripheral } from '../../firmware-mocks/peripheral.ts';
import type { ControllerOptions } from '../../firmware-mocks/virtualController.ts';
import type { RadioLimits } from '../../src/ble/limits.ts';
import { NobleCentral, type NobleCentralOptions } from '../../src/ble/nobleCentral.ts';
import type { NobleLibrary } from '../../src/ble/nobleLibrary.ts';
import { type LogEntry, memoryLogger, SHORT_LIMITS } from './radioFixtures.ts';

/** Waits for what a busy machine may take its time for. */
export const eventually = <T>(read: () => T): ReturnType<typeof expect.poll<T>> => expect.poll(read, { timeout: 8000 });

interface RadioSetting {
  readonly benches?: readonly BenchOptions[];
  readonly peripherals?: readonly VirtualPeripheral[];
  readonly limits?: Partial<RadioLimits>;
  readonly controller?: ControllerOptions;
  readonly central?: Partial<NobleCentralOptions>;
}

interface StartedRadio {
  readonly radio: VirtualRadio;
  readonly central: NobleCentral;
}

export interface RadioBench {
  /** Of the current test. */
  readonly logged: (event: string) => LogEntry[];
  /** What the process warned about in the current test, such as too many listeners. */
  readonly warnings: readonly Error[];
  readonly create: (setting?: RadioSetting) => StartedRadio;
  readonly start: (setting?: RadioSetting) => Promise<StartedRadio>;
}

export function radioBench(library: NobleLibrary): RadioBench {
  const centrals: NobleCentral[] = [];
  const unhandled: unknown[] = [];
  const warnings: Error[] = [];
  const onUnhandled = (reason: unknown): unknown => unhandled.push(reason);
  const onWarning = (warning: Error): unknown => warnings.push(warning);
  let logger = memoryLogger();

  beforeEach(() => {
    logger = memoryLogger();
    warnings.length = 0;
    process.on('unhandledRejection', onUnhandled);
    process.on('warning', onWarning);
  });
  afterEach(async () => {
    await Promise.all(centrals.splice(0).map((central) => central.stop()));
    await new Promise((resolve) => setImmediate(resolve));
    process.removeListener('unhandledRejection', onUnhandled);
    process.removeListener('warning', onWarning);
    expect(unhandled.splice(0)).toEqual([]);
  });

  function create(setting: RadioSetting = {}): StartedRadio {
    const { benches = [{}], peripherals = benches.map(createBenchPeripheral) } = setting;
    const radio = createVirtualRadio(peripherals, setting.controller);
    const central = new NobleCentral({
      nowMs: () => Date.now(),
      logger,
      library,
      hciSocket: radio.HciSocket,
      limits: { ...SHORT_LIMITS, ...setting.limits },
      ...setting.central,
    });
    centrals.push(central);
    return { radio, central };
  }

  return {
    logged: (wanted) => logger.entries.filter(({ event }) => event === wanted),
    warnings,
    create,
    start: async (setting) => {
      const started = create(setting);
      await started.central.start();
      return started;
    },
  };
}
