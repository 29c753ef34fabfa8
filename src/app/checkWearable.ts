/** One wearable of the configuration by itself: what its kind can do, and how it is told from others of its kind. */
import type { z } from 'zod';
import { KNOWN_DEVICES, type KnownDevice } from '../devices/index.ts';

interface ConfiguredWearable {
  readonly device: string;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly token?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly mode?: string | undefined;
  readonly rateHz?: number | undefined;
}

const KEYS = { radio: ['name', 'address'], push: ['token', 'deviceId'] } as const;
const ARRIVES = { radio: 'is heard by the radio', push: 'sends by itself' } as const;

export function checkWearable(wearable: ConfiguredWearable, context: z.core.$RefinementCtx): void {
  const device = KNOWN_DEVICES.find(({ id }) => id === wearable.device);
  if (!device) return;
  const complain = (path: PropertyKey[], message: string): void => {
    context.addIssue({ code: 'custom', path, message, input: wearable });
  };
  checkKeys(wearable, device, complain);
  checkStream(wearable, device, complain);
}

type Complain = (path: PropertyKey[], message: string) => void;

function checkKeys(wearable: ConfiguredWearable, { id, source }: KnownDevice, complain: Complain): void {
  for (const key of KEYS[source === 'radio' ? 'push' : 'radio']) {
    if (wearable[key] === undefined) continue;
    complain([key], `expected ${KEYS[source].join(' or ')} for ${id}, which ${ARRIVES[source]}, found ${key}`);
  }
  if (source !== 'push' || wearable.token !== undefined || wearable.deviceId !== undefined) return;
  complain(['token'], `expected a token, or the deviceId of a ${id} that sends to your own broker, found neither`);
}

function checkStream({ mode, rateHz }: ConfiguredWearable, device: KnownDevice, complain: Complain): void {
  const modes = device.modes ?? [];
  const found = modes.find((each) => each.id === mode);
  if (mode !== undefined && !found) {
    const expected = modes.map((each) => each.id).join(', ');
    complain(
      ['mode'],
      expected ? `expected one of ${expected} for ${device.id}` : `expected no mode, ${device.id} has only one`,
    );
    return;
  }
  const { choices } = (found ?? device).rateHz;
  if (rateHz === undefined || choices.includes(rateHz)) return;
  complain(['rateHz'], `expected one of ${choices.join(', ')} for ${[device.id, mode].filter(Boolean).join(' ')}`);
}
