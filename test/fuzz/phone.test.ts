/** Damaged and hostile messages of a phone's app, against its decoder and the stream behind it. `npm run fuzz`: a tenth of a million. */
import { expect, it } from 'vitest';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { VirtualPhone } from '../../firmware-mocks/virtualPhone.ts';
import { sensorLogger } from '../../src/devices/sensorLogger.ts';
import { AccountedStream } from './accountedStream.ts';

/** A message holds some hundred readings, a packet ten. */
const MESSAGES = Math.ceil(Number(process.env['FUZZ_PACKETS'] ?? 5000) / 10);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_124);
const MESSAGES_PER_PHONE = 200;
const START_S = 1_790_000_000;
const PERIOD_S = 0.2;

type Json = Record<string, unknown>;

/** What an app of another version, a proxy or an enemy makes of a message. */
function damagedMessages(seed: number): (text: string) => string {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const odd = (): unknown => [null, -1, 1e300, 2 ** 53, '', '17', 'NaN', [], {}, true, 1.5, 0][below(12)];
  const inReading = (text: string, change: (reading: Json) => void): string => {
    const message = JSON.parse(text) as { payload: Json[] };
    for (let times = 1 + below(4); times > 0; times--) change(message.payload[below(message.payload.length)]);
    return JSON.stringify(message);
  };
  const inMessage = (text: string, change: (message: Json & { payload: Json[] }) => void): string => {
    const message = JSON.parse(text) as Json & { payload: Json[] };
    change(message);
    return JSON.stringify(message);
  };
  const shiftBy = (ns: number, from: number) => (reading: Json, i: number) => {
    if (i >= from && typeof reading['time'] === 'number') reading['time'] += ns;
  };
  const mutations: readonly ((text: string) => string)[] = [
    (text) => text,
    (text) => text,
    (text) => text.slice(0, below(text.length)),
    (text) =>
      `${text.slice(0, below(text.length))}${String.fromCharCode(below(0x3000))}${text.slice(below(text.length))}`,
    (text) => inReading(text, (reading) => (reading['time'] = odd())),
    (text) => inReading(text, (reading) => (reading['values'] = odd())),
    (text) => inReading(text, (reading) => (reading['name'] = odd())),
    (text) => inReading(text, (reading) => ((reading['values'] as Json)['x'] = odd())),
    (text) => inReading(text, (reading) => ((reading['values'] as Json)['y'] = 1e5)),
    (text) =>
      inMessage(text, (message) => (message[['messageId', 'sessionId', 'deviceId', 'payload'][below(4)]] = odd())),
    (text) => inMessage(text, (message) => (message.payload = message.payload.toReversed())),
    (text) => inMessage(text, ({ payload }) => payload.splice(below(payload.length), below(60))),
    (text) => inMessage(text, ({ payload }) => payload.push(...payload.slice(below(payload.length)))),
    // The clock is set within a message, by up to ten seconds or years.
    (text) =>
      inMessage(text, ({ payload }) => payload.forEach(shiftBy((random() - 0.5) * 2e10, below(payload.length)))),
    (text) =>
      inMessage(text, ({ payload }) => payload.forEach(shiftBy((random() - 0.5) * 2e17, below(payload.length)))),
  ];
  return (text) => mutations[below(mutations.length)](text);
}

it(
  'sensor-logger: whatever the messages, no exception, no sample that is invented, no time that goes back',
  () => {
    const damage = damagedMessages(SEED);
    const network = seededRandom(SEED + 1);
    const phone = new VirtualPhone({
      motion: new ScriptedMotion([{ do: 'walk', forS: 8 }], { loop: true }),
      flavour: 'android',
      batchS: PERIOD_S,
      startS: START_S,
    });
    const texts = [...phone.messages(MESSAGES_PER_PHONE * PERIOD_S)];
    let understood = 0;
    for (let sent = 0; sent < MESSAGES; ) {
      const accounted = new AccountedStream(sensorLogger);
      const decoder = sensorLogger.createDecoder({ mode: 'standard' });
      let arrivalMs = 0;
      for (const { sentS, text } of texts) {
        sent++;
        if (network() < 0.02) continue;
        const hostile = damage(text);
        // Mostly quick, now and then late, and then those behind it as well.
        arrivalMs = Math.max(arrivalMs, (START_S + sentS) * 1000 + 10 + 1500 * network() ** 8);
        try {
          decoder.push(hostile, arrivalMs, (item, itemMs) => {
            if (item.kind === 'start') accounted.stream.start(item.start);
            else if (item.kind === 'part') accounted.stream.pushPart(item.part, itemMs);
          });
          accounted.stream.poll(arrivalMs);
        } catch (error) {
          throw new Error(`message ${sent} (seed ${SEED}), ${hostile}: ${String(error)}`, { cause: error });
        }
      }
      accounted.expectBalanced();
      understood += accounted.stream.stats.samples;
    }
    // Half of what was sent is whole, and a decoder that understands nothing would pass everything above.
    expect(understood).toBeGreaterThan(MESSAGES);
  },
  60_000 + MESSAGES * 10,
);
