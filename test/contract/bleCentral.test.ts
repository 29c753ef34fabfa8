import { type BenchRadioSpec, createVirtualRadioFromSpec } from '../../firmware-mocks/benchRadio.ts';
import { NobleCentral } from '../../src/ble/nobleCentral.ts';
import { RadioProcess } from '../../src/ble/radioProcess.ts';
import { memoryLogger, SHORT_LIMITS } from '../ble/radioFixtures.ts';
import { bleCentralContract } from './bleCentral.contract.ts';

const dist = new URL('../../dist/', import.meta.url);

bleCentralContract('NobleCentral in this process', (spec: BenchRadioSpec) => {
  const hciSocket = createVirtualRadioFromSpec(spec);
  return new NobleCentral({ nowMs: () => Date.now(), logger: memoryLogger(), hciSocket, limits: SHORT_LIMITS });
});

bleCentralContract('RadioProcess', (spec: BenchRadioSpec) => {
  const module = new URL('firmware-mocks/benchRadio.js', dist).href;
  return new RadioProcess({
    adapter: { kind: 'virtual', module, spec },
    logger: memoryLogger(),
    limits: SHORT_LIMITS,
    childEntry: new URL('src/ble/radioChild.js', dist),
  });
});
