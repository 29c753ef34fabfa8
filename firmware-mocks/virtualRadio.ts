/** Entry for the radio child process: the virtual radio with the wearables of a simulation. */
import { createVirtualRadio, type HciSocketClass } from './createVirtualRadio.ts';
import { createSimulation } from './simulation.ts';

/** `now` is the host's clock in Unix ms; it may run faster than life. @throws Error when the spec is bad. */
export function createVirtualRadioFromSpec(spec: unknown, { now }: { now: () => number }): HciSocketClass {
  return createVirtualRadio(createSimulation(spec, { now }).peripherals).HciSocket;
}
