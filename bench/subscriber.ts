/** A caregiver's MQTT client in a process of its own: notes when each event came. Started by `endToEnd`; argument: the broker's address. */
import mqtt from 'mqtt';
import { radioClock } from '../src/ble/radioClock.ts';

/** What it says to its parent. */
export type SubscriberMessage = { readonly ready: true } | { readonly id: string; readonly receivedMs: number };

const wallMs = Date.now();
const nowMs = radioClock({ epochMs: wallMs, startedWallMs: wallMs, speed: 1 });
const say = (message: SubscriberMessage): void => {
  process.send?.(message);
};

process.once('disconnect', () => process.exit(0));
const client = await mqtt.connectAsync(process.argv[2] ?? '', { protocolVersion: 4 });
client.on('message', (_topic, payload) => {
  const receivedMs = nowMs();
  const { id } = JSON.parse(payload.toString()) as { id: string };
  say({ id, receivedMs });
});
await client.subscribeAsync('plumbline/v1/+/event', { qos: 1 });
say({ ready: true });
