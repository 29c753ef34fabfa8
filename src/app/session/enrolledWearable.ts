/** A wearable of the configuration, as a session knows it. */
import type { Config } from '../../config.ts';
import { deviceById, pushedDeviceById } from '../../devices/index.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { EnrolledPushed } from './pushedSession.ts';
import type { EnrolledWearable } from './wearableSession.ts';

export type WearableConfig = Config['people'][number]['wearables'][number];

/** A wearable that the radio hears. @throws PlumblineError `device/unknown` */
export function enrolledWearable(personId: string, wearable: WearableConfig): EnrolledWearable {
  const { name, address, mode, rateHz } = wearable;
  const device = deviceById(wearable.device);
  if (!device)
    throw new PlumblineError('device/unknown', `expected a wearable that the radio hears, found ${wearable.device}`);
  return {
    personId,
    deviceId: deviceIdOf(wearable),
    device,
    placement: wearable.placement,
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { address: address.toLowerCase() }),
    ...(mode === undefined ? {} : { mode }),
    ...(rateHz === undefined ? {} : { rateHz }),
  };
}

/** A wearable that sends by itself; undefined: this one is heard by the radio. */
export function enrolledPushed(personId: string, wearable: WearableConfig): EnrolledPushed | undefined {
  const device = pushedDeviceById(wearable.device);
  if (!device) return undefined;
  const { deviceId: senderId, mode, rateHz } = wearable;
  return {
    personId,
    deviceId: deviceIdOf(wearable),
    device,
    placement: wearable.placement,
    ...(senderId === undefined ? {} : { senderId }),
    ...(mode === undefined ? {} : { mode }),
    ...(rateHz === undefined ? {} : { rateHz }),
  };
}

/** Our own id of it, fit for an MQTT topic whatever its name is: a Movesense has a space in it. */
function deviceIdOf({ name, address, device, placement }: WearableConfig): string {
  const known = [name, address?.toLowerCase()].filter((part) => part !== undefined);
  return (known.join('-') || `${device}-${placement}`).replaceAll(/[^A-Za-z0-9_.:-]+/g, '-').slice(0, 100);
}
