/** Acceleration and rotation that a wearable sends apart → packets that hold both; what stays without its other half is missing. Pure. */
import { ArrivalPairing } from './arrivalPairing.ts';
import type { DeviceFacts, StreamStart } from './define.ts';
import { type DeliverPacket, packetOf, type PartPairing } from './joinedPacket.ts';
import { StampPairing } from './stampPairing.ts';

type PairedDevice = Pick<DeviceFacts, 'clock' | 'pairing'>;
/** Acceleration alone is a stream as well, and needs no pairing: each part is a packet. */
export function createPartPairing(
  { clock, pairing }: PairedDevice,
  { rateHz, hasGyroscope, gyroRateHz = rateHz }: Pick<StreamStart, 'rateHz' | 'hasGyroscope' | 'gyroRateHz'>,
  deliver: DeliverPacket,
): PartPairing {
  if (!hasGyroscope || pairing === undefined) {
    return {
      push: (part, arrivalMs) => {
        if (part.quantity === 'acc') deliver(packetOf(part, undefined, undefined), arrivalMs);
      },
    };
  }
  return pairing === 'byStamp' && clock
    ? new StampPairing(clock, { rateHz, gyroRateHz }, deliver)
    : new ArrivalPairing(rateHz, deliver);
}
