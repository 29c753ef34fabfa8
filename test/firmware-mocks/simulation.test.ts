import { describe, expect, test } from 'vitest';
import { createSimulation } from '../../firmware-mocks/simulation.ts';
import { PlumblineError } from '../../src/model/errors.ts';

const now = (): number => 1_700_000_000_000;
const daily = { script: 'dailyLoop' } as const;

function problemOf(spec: unknown): string {
  try {
    createSimulation(spec, { now, timer: false });
  } catch (error) {
    if (error instanceof PlumblineError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

test('wearables get names and addresses of their own, the same at every run', () => {
  const spec = {
    wearables: [
      { kind: 'plumbline', motion: daily },
      { kind: 'plumbline', motion: daily },
      { kind: 'movesense', motion: daily },
      { kind: 'movesense', motion: daily, serial: '999', address: 'c0:00:00:00:00:01', name: 'Movesense x' },
    ],
  };
  const { peripherals } = createSimulation(spec, { now, timer: false });
  expect(peripherals.map(({ name }) => name)).toEqual([
    'Plumbline-0001',
    'Plumbline-0002',
    'Movesense 123456789014',
    'Movesense x',
  ]);
  const addresses = peripherals.map(({ address }) => address);
  expect(new Set(addresses).size).toBe(4);
  expect(addresses[3]).toBe('c0:00:00:00:00:01');
  for (const address of addresses) expect(address).toMatch(/^[c-f][0-9a-f](:[0-9a-f]{2}){5}$/);
  expect(createSimulation(spec, { now, timer: false }).peripherals.map(({ address }) => address)).toEqual(addresses);
});

test('a description that went through JSON works', () => {
  const spec = {
    wearables: [
      {
        kind: 'plumbline',
        motion: {
          script: [
            { do: 'walk', forS: 5 },
            { do: 'fall', direction: 'left', lieS: 3 },
          ],
          loop: false,
        },
        errors: { gyrBiasDps: [1, 2, 3], accNoiseMps2: 0.01 },
        mount: '+Z-Y+X',
        tiltDeg: [10, 2, 0],
        driftPpm: 40,
        lossRatio: 0.01,
        jitterMs: 30,
        batteryPct: 50,
        dropLinkEveryS: 60,
      },
    ],
  };
  expect(problemOf(JSON.parse(JSON.stringify(spec)))).toBe('none');
});

describe('a wrong description is refused with everything that is wrong', () => {
  test.each([
    ['nothing', undefined, 'wearables: expected a list, found nothing'],
    ['a wearable that is a text', { wearables: ['x'] }, 'wearables[0]: expected an object, found "x"'],
    [
      'a kind that does not exist',
      { wearables: [{ kind: 'watch', motion: daily }] },
      'wearables[0].kind: expected one of plumbline, movesense',
    ],
    [
      'a number out of bounds',
      { wearables: [{ kind: 'plumbline', motion: daily, lossRatio: 2 }] },
      'wearables[0].lossRatio: expected a number from 0 to 1, found 2',
    ],
    [
      'a key that does not exist',
      { wearables: [{ kind: 'plumbline', motion: daily, jitter: 2 }] },
      'wearables[0].jitter: expected no such key',
    ],
    [
      'no motion',
      { wearables: [{ kind: 'plumbline' }] },
      'wearables[0].motion: expected script "dailyLoop", a list of movements, or a recording, found nothing',
    ],
    [
      'an unknown movement',
      { wearables: [{ kind: 'plumbline', motion: { script: [{ do: 'dance' }] } }] },
      'wearables[0].motion.script[0].do: expected one of stand, bend, sideBend, twist, turn, walk, sit, standUp, exercise, lie, getUp, fall, found "dance"',
    ],
    [
      'a movement without a value',
      { wearables: [{ kind: 'plumbline', motion: { script: [{ do: 'turn', deg: 90 }] } }] },
      'wearables[0].motion.script[0].inS: expected a number from 0.1 to 600, found nothing',
    ],
    [
      'a movement in a direction that does not exist',
      { wearables: [{ kind: 'plumbline', motion: { script: [{ do: 'fall', direction: 'up', lieS: 1 }] } }] },
      'wearables[0].motion.script[0].direction: expected forward or backward or left or right, found "up"',
    ],
    [
      'a left-handed mount',
      { wearables: [{ kind: 'plumbline', motion: daily, mount: '+X+Y-Z' }] },
      'wearables[0].mount: expected three perpendicular axes of a right-handed frame',
    ],
    [
      'a mount beside a recording',
      { wearables: [{ kind: 'plumbline', motion: { recording: { file: 'x', rateHz: 20 } }, mount: '+X+Y+Z' }] },
      'wearables[0]: expected neither mount nor tiltDeg with a recording',
    ],
    [
      'a script without any time',
      { wearables: [{ kind: 'plumbline', motion: { script: [] } }] },
      'motion: expected movements that take longer than 0 s, found none',
    ],
  ])('%s', (_name, spec, message) => {
    expect(problemOf(spec)).toContain(`config/invalid`);
    expect(problemOf(spec)).toContain(message);
  });

  test('two mistakes are told at once', () => {
    const problem = problemOf({ wearables: [{ kind: 'watch', motion: daily, batteryPct: 'full' }] });
    expect(problem).toContain('kind: expected');
    expect(problem).toContain('batteryPct: expected a number from 0 to 100, found "full"');
  });
});

test('the timer drives the wearables, and stop ends it', async () => {
  let nowMs = now();
  const simulation = createSimulation(
    { wearables: [{ kind: 'plumbline', motion: daily }] },
    { now: () => (nowMs += 20) },
  );
  const [peripheral] = simulation.peripherals;
  peripheral.onConnect({ mtu: () => 247, drop: () => {} });
  const all = peripheral.services.flatMap(({ characteristics }) => characteristics);
  const first = new Promise<Uint8Array>((resolve) => {
    all
      .find(({ uuid }) => uuid.startsWith('03220005'))
      ?.onSubscribe?.((value) => {
        resolve(value);
        return true;
      });
  });
  all.find(({ uuid }) => uuid.startsWith('03220003'))?.onSubscribe?.(() => true);
  all.find(({ uuid }) => uuid.startsWith('03220003'))?.write?.(Uint8Array.of(1, 1, 3));
  expect((await first)[0]).toBe(0x11);
  simulation.stop();
  const stoppedMs = nowMs;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(nowMs).toBe(stoppedMs);
});
