/** noble's words for the state of the adapter, in ours, and what to do when it is not on. */
import { PlumblineError } from '../model/errors.ts';
import type { CentralState } from '../model/ports.ts';
import { RADIO_PERMISSION_ADVICE } from './loadNoble.ts';
import type { NobleBindings } from './nobleShape.ts';

export function centralState(nobleState: string): CentralState {
  switch (nobleState) {
    case 'poweredOn':
      return 'poweredOn';
    case 'unsupported':
    case 'unauthorized':
      return 'unsupported';
    case 'unknown':
      return 'unknown';
    default:
      return 'poweredOff';
  }
}

/** The state of an adapter that noble's inside knows to be gone, also before it says so; undefined while it is on. */
export function lostState({ _state: state }: NobleBindings): string | undefined {
  return typeof state === 'string' && state !== 'poweredOn' ? `the adapter is ${state}` : undefined;
}

/** Undefined when the adapter is on. */
export function powerError(found: string): PlumblineError | undefined {
  if (found === 'poweredOn') return undefined;
  const permission = /unauthorized|EPERM|EACCES|not permitted/i.test(found);
  const advice = permission
    ? RADIO_PERMISSION_ADVICE
    : found === 'unsupported'
      ? // stoprocent says so too where the adapter may not be opened.
        `this adapter has no Bluetooth Low Energy, then use another; or it may not be opened, then ${RADIO_PERMISSION_ADVICE}`
      : 'switch it on with "rfkill unblock bluetooth" and "bluetoothctl power on"';
  return new PlumblineError(
    'radio/unavailable',
    `expected a Bluetooth adapter that is on, found it ${found}: ${advice}`,
  );
}
