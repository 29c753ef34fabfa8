import { type BenchRadioSpec, createVirtualRadioFromSpec } from '../../firmware-mocks/benchRadio.ts';
import { NobleCentral } from '../../src/ble/nobleCentral.ts';
import { NOBLE_LIBRARIES } from '../../src/ble/nobleLibrary.ts';
import { RadioProcess } from '../../src/ble/radioProcess.ts';
import { memoryLogger, SHORT_LIMITS } from '../ble/radioFixtures.ts';
import { bleCentralContract } from './bleCentral.contract.ts';

const dist = new URL('../../dist/', import.meta.url);

for (const library of NOBLE_LIBRARIES) {
  bleCentralContract(`NobleCentral in this process, over ${library}`, (spec: BenchRadioSpec) => {
    const hciSocket = createVirtualRadioFromSpec(spec);
    const logger = memoryLogger();
    return new NobleCentral({ nowMs: () => Date.now(), logger, library, hciSocket, limits: SHORT_LIMITS });
  });

  bleCentralContract(`RadioProcess, over ${library}`, (spec: BenchRadioSpec) => {
    const module = new URL('firmware-mocks/benchRadio.js', dist).href;
    return new RadioProcess({
      adapter: { kind: 'virtual', library, module, spec },
      logger: memoryLogger(),
      limits: SHORT_LIMITS,
      childEntry: new URL('src/ble/radioChild.js', dist),
    });
  });
}
