/** A cue on its way to the wearer: the device's own motor, or the standard alert service, through real noble. */
import { expect, it } from 'vitest';
import { ArduinoBleSense } from '../../firmware-mocks/arduinoBleSense.ts';
import { Metamotion } from '../../firmware-mocks/metamotion.ts';
import { PlumblineImu } from '../../firmware-mocks/plumblineImu.ts';
import { nobleBench, streamedS, until } from './nobleBench.ts';

const CUE = { intensityPct: 80, onMs: 300, offMs: 200, repeats: 2 };

it('the motor of a MetaMotion gets one command for each pulse', async () => {
  const { session, peripheral, blocks } = await nobleBench({ kind: 'metamotion' });
  await until(() => streamedS(blocks) > 1, 'a second of samples');
  await session.cue(CUE);
  if (!(peripheral instanceof Metamotion)) throw new Error('expected a MetaMotion');
  const pulse = { duty: 198, ms: 300, isMotor: true };
  expect(peripheral.pulses).toEqual([pulse, pulse]);
  const written = peripheral.commands.filter(([module]) => module === 0x08);
  expect(written.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(['0801c62c0100', '0801c62c0100']);
});

it('a Plumbline wearable gets the whole pattern in seven bytes', async () => {
  const { session, peripheral, blocks } = await nobleBench({ kind: 'plumbline' });
  await until(() => streamedS(blocks) > 1, 'a second of samples');
  await session.cue(CUE);
  if (!(peripheral instanceof PlumblineImu)) throw new Error('expected a Plumbline wearable');
  expect(peripheral.cues).toEqual([{ id: 1, ...CUE }]);
  expect(peripheral.alertLevel).toBe(0);
});

it.each([
  [80, 2],
  [60, 2],
  [30, 1],
])('a wearable that only has Immediate Alert gets %d % as level %d, on and off', async (intensityPct, level) => {
  const { session, peripheral, blocks } = await nobleBench({ kind: 'arduino-blesense', variant: 'alert' });
  await until(() => streamedS(blocks) > 1, 'a second of samples');
  await session.cue({ ...CUE, intensityPct });
  if (!(peripheral instanceof ArduinoBleSense)) throw new Error('expected an Arduino');
  // Written without response: the last may still be on its way.
  await until(() => peripheral.alertLevels.length >= 4, 'four alert levels');
  expect(peripheral.alertLevels).toEqual([level, 0, level, 0]);
});

it('a wearable that has neither says so', async () => {
  const { session, blocks } = await nobleBench({ kind: 'arduino-blesense' });
  await until(() => streamedS(blocks) > 1, 'a second of samples');
  await expect(session.cue(CUE)).rejects.toMatchObject({
    code: 'device/refused',
    message: expect.stringContaining('expected a device that can do this, found Nano 33 BLE Sense'),
  });
});

it('without a link there is no cue', async () => {
  const { session } = await nobleBench({ kind: 'metamotion' });
  await expect(session.cue(CUE)).rejects.toMatchObject({ code: 'radio/closed' });
});
