/** The wearable that is being paired: one session of its own, until it streams and as long as it is needed. */
import type { RadioProcess } from '../../ble/radioProcess.ts';
import { nextDelayMs } from '../../ble/connection.ts';
import type { DeviceDefinition } from '../../devices/define.ts';
import type { ImuBlock } from '../../model/block.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { Calibration } from '../../model/person.ts';
import type { DeviceHealth, Logger } from '../../model/ports.ts';
import { STANDARD_GRAVITY_MPS2 } from '../../model/units.ts';
import { SharedScan } from '../session/sharedScan.ts';
import { pause, systemTimers, type Timers } from '../session/timers.ts';
import { WearableSession } from '../session/wearableSession.ts';

/** Measures as the service will: in the mode and at the rate of the configuration, the device's own when absent. */
export interface WearableToPair {
  readonly personId: string;
  readonly device: DeviceDefinition;
  readonly address: string;
  readonly mode: string | undefined;
  readonly rateHz: number | undefined;
}

export interface PairedWearablePorts {
  readonly radio: RadioProcess;
  readonly logger: Logger;
  readonly speed: number;
  readonly onBlock: (block: ImuBlock) => void;
  readonly onProblem: (text: string) => void;
}

const POLL_MS = 200;
/** A cue that nobody can miss and nobody minds. */
const CUE = { intensityPct: 60, onMs: 300, offMs: 200, repeats: 2 };

export class PairedWearable {
  readonly #session: WearableSession;
  readonly #ports: PairedWearablePorts;
  readonly #timers: Timers;
  #samples = 0;

  constructor({ personId, device, address, mode, rateHz }: WearableToPair, ports: PairedWearablePorts) {
    this.#ports = ports;
    this.#timers = systemTimers(ports.speed);
    const { radio, logger } = ports;
    this.#session = new WearableSession(
      {
        personId,
        deviceId: address,
        device,
        address,
        ...(mode === undefined ? {} : { mode }),
        ...(rateHz === undefined ? {} : { rateHz }),
      },
      {
        central: radio,
        scan: new SharedScan(radio, logger),
        clock: { nowMs: radio.nowMs },
        timers: this.#timers,
        logger,
        random: Math.random,
        nextDelayMs,
      },
      {
        onBlock: (block) => {
          this.#samples += block.n;
          ports.onBlock(block);
        },
        onGap: () => undefined,
        onHealth: () => undefined,
        onProblem: ports.onProblem,
      },
    );
  }

  nowMs(): number {
    return this.#ports.radio.nowMs();
  }

  /** Resolves when samples come. @throws PlumblineError `radio/timeout` with what the wearable or the radio said */
  async started(limitS: number, signal: AbortSignal): Promise<DeviceHealth> {
    this.#session.start();
    const limitMs = this.nowMs() + limitS * 1000;
    while (this.#samples === 0) {
      signal.throwIfAborted();
      if (this.nowMs() > limitMs) {
        const { problem, lastReason } = this.#session.health();
        throw new PlumblineError(
          'radio/timeout',
          `expected samples within ${limitS} s, found ${problem ?? lastReason ?? 'none'}`,
        );
      }
      await pause(this.#timers, POLL_MS, signal);
    }
    return this.#session.health();
  }

  /** Blinks or buzzes; false where it can do neither. */
  async showItself(): Promise<boolean> {
    const attempts = [() => this.#session.carryOut((device) => device.identify?.()), () => this.#session.cue(CUE)];
    for (const attempt of attempts) {
      try {
        await attempt();
        return true;
      } catch (error) {
        // It cannot, or does not want to: nothing depends on it.
        if (!(error instanceof PlumblineError)) throw error;
      }
    }
    return false;
  }

  /** False where the wearable has no memory for it. */
  async storeCalibration({ mount, neutralUp }: Calibration): Promise<boolean> {
    const up = neutralUp ?? [0, 1, 0];
    // From segment axes back to sensor axes: the transpose of the mount.
    const uprightMps2 = [0, 1, 2].map((axis) =>
      [0, 1, 2].reduce((sum, row) => sum + mount[3 * row + axis] * up[row] * STANDARD_GRAVITY_MPS2, 0),
    ) as [number, number, number];
    const savedS = Math.round(this.nowMs() / 1000);
    let isStored = false;
    await this.#session
      .carryOut((device) => {
        isStored = device.calibrationStore !== undefined;
        return device.calibrationStore?.write({ mount, uprightMps2, savedS });
      })
      .catch((error: unknown) => {
        if (isStored) throw error;
      });
    return isStored;
  }

  stop(): Promise<void> {
    return this.#session.stop();
  }
}
