import { describe, expect, it } from 'vitest';
import { PacketMeter } from '../../../src/sinks/mqtt/packetMeter.ts';

const PUBLISH = 0x30;
const MOST_BYTES = 1000;
const packet = (length: readonly number[], bodyBytes: number): Buffer =>
  Buffer.concat([Buffer.of(PUBLISH, ...length), Buffer.alloc(bodyBytes, 0xff)]);

describe('packet meter', () => {
  it.each([1, 2, 3, 7, 100, 10_000])('counts the same, whether bytes come by %d or at once', (stepBytes) => {
    const meter = new PacketMeter();
    // 200 = 0xc8 0x01, MQTT 3.1.1, 2.2.3.
    const stream = Buffer.concat([packet([0], 0), packet([200, 1], 200), packet([5], 5), Buffer.of(PUBLISH, 9, 1)]);
    for (let at = 0; at < stream.length; at += stepBytes) {
      expect(meter.take(stream.subarray(at, at + stepBytes), MOST_BYTES)).toBeUndefined();
    }
    expect(meter.receivedBytes).toBe(stream.length);
    expect(meter.announcedBytes).toBe(11);
    meter.take(Buffer.alloc(8), MOST_BYTES);
    expect(meter.announcedBytes).toBe(0);
  });

  it('says what is announced as soon as the length is known', () => {
    const meter = new PacketMeter();
    meter.take(Buffer.of(PUBLISH, 200), MOST_BYTES);
    expect(meter.announcedBytes).toBe(2);
    meter.take(Buffer.of(1), MOST_BYTES);
    expect(meter.announcedBytes).toBe(203);
  });

  it('takes the largest packet that is allowed, and not one byte more', () => {
    // 997 = 0xe5 0x07; with the three bytes before it 1000.
    expect(new PacketMeter().take(packet([0xe5, 7], 997), MOST_BYTES)).toBeUndefined();
    expect(new PacketMeter().take(Buffer.of(PUBLISH, 0xe6, 7), MOST_BYTES)).toBe('one of 1001');
  });

  it('reads lengths up to the largest that MQTT knows', () => {
    expect(new PacketMeter().take(Buffer.of(PUBLISH, 0xff, 0xff, 0xff, 0x7f), MOST_BYTES)).toBe('one of 268435460');
  });

  it('a length of five bytes is none, and is found behind a good packet too', () => {
    const endless = Buffer.of(PUBLISH, 0x80, 0x80, 0x80, 0x80, 0x01);
    expect(new PacketMeter().take(endless, MOST_BYTES)).toBe('a length of five bytes');
    expect(new PacketMeter().take(Buffer.concat([packet([5], 5), endless]), MOST_BYTES)).toBe('a length of five bytes');
  });
});
