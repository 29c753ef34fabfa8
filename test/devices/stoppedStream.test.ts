/** A device that ends its stream by itself and says so. */
import { beforeEach, expect, it } from 'vitest';
import { PLUMBLINE } from '../../src/devices/plumblineProtocol.ts';
import { plumblineReference } from '../../src/devices/plumblineReference.ts';
import { SharedScan } from '../../src/app/session/sharedScan.ts';
import { WearableSession } from '../../src/app/session/wearableSession.ts';
import { MemoryCentral } from '../fakes/memoryCentral.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { SteppedTime } from '../fakes/steppedTime.ts';
import { FakePlumbline } from './fakePlumbline.ts';

const STARTED = 1;
const STOPPED = 2;
const GOODBYE = Uint8Array.of(0xaa);

/** Like the reference wearable, but it can say goodbye. */
const device: typeof plumblineReference = {
  ...plumblineReference,
  createDecoder: () => {
    const decode = plumblineReference.createDecoder();
    return (uuid, bytes, emit) => {
      if (uuid === PLUMBLINE.imuData && bytes[0] === GOODBYE[0]) {
        emit({ kind: 'stopped', message: 'expected more, found the end' });
      } else decode(uuid, bytes, emit);
    };
  },
};

let time: SteppedTime;
let central: MemoryCentral;
let peer: FakePlumbline;
let session: WearableSession;
let problems: string[];

beforeEach(() => {
  time = new SteppedTime();
  central = new MemoryCentral(time);
  peer = new FakePlumbline(time);
  central.add(peer);
  problems = [];
  const logger = new QuietLogger();
  session = new WearableSession(
    { personId: 'p1', deviceId: 'chest-1', device, name: 'Plumbline-0001' },
    {
      central,
      scan: new SharedScan(central, logger),
      clock: time,
      timers: time,
      logger,
      random: () => 0.5,
      nextDelayMs: () => 1000,
    },
    {
      onBlock: () => undefined,
      onGap: () => undefined,
      onHealth: () => undefined,
      onProblem: (message) => problems.push(message),
    },
  );
  session.start();
});

async function live(durationMs: number, { sends = true } = {}): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
    central.advertise();
    await time.advance(100);
    if (sends && peer.isStreaming) peer.send();
  }
}

function sayGoodbye(): void {
  peer.isStreaming = false;
  peer.notifyRaw(PLUMBLINE.imuData, GOODBYE);
}

const count = (op: number): number => peer.requests.filter((each) => each === op).length;

it('is started again within a moment, on the same link', async () => {
  await live(3000);
  sayGoodbye();
  await live(300);
  expect([count(STARTED), count(STOPPED)]).toEqual([2, 1]);
  expect(problems).toEqual(['expected more, found the end']);
  await live(1000);
  expect(session.health()).toMatchObject({ state: 'streaming', reconnects: 0 });
  await session.stop();
});

it('is not started again and again when it stops each time before anything came', async () => {
  await live(3000);
  const startedBefore = count(STARTED);
  for (let i = 0; i < 40; i++) {
    sayGoodbye();
    await live(100, { sends: false });
  }
  expect(count(STARTED)).toBe(startedBefore + 1);
  await live(7000, { sends: false });
  expect(session.health().lastReason).toContain('no data for 5 s after stop and start');
  await session.stop();
});

it('is told to stop as well when its start was refused half way', async () => {
  peer.refusals.set(STARTED, 3);
  await live(3000);
  expect(count(STARTED)).toBeGreaterThan(0);
  expect(count(STOPPED)).toBe(count(STARTED));
  await session.stop();
});
