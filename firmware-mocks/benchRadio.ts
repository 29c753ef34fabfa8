/** Entry for the radio child process in tests of the radio: bench peripherals and what they do wrong, as data. */
import { type BenchOptions, createBenchPeripheral } from './benchPeripheral.ts';
import { createVirtualRadio, type HciSocketClass } from './createVirtualRadio.ts';
import type { AdapterFaults, PeerFaults } from './radioFaults.ts';

export interface BenchRadioSpec {
  readonly peripherals: readonly BenchOptions[];
  readonly adapterFaults?: AdapterFaults;
  /** From then on no advertisement gets through. */
  readonly deafAfterMs?: number;
  readonly peerFaults?: Readonly<Record<string, PeerFaults>>;
}

export function createVirtualRadioFromSpec(spec: BenchRadioSpec): HciSocketClass {
  const radio = createVirtualRadio(spec.peripherals.map(createBenchPeripheral));
  radio.setAdapterFaults(spec.adapterFaults ?? {});
  for (const [address, faults] of Object.entries(spec.peerFaults ?? {})) radio.setPeerFaults(address, faults);
  if (spec.deafAfterMs !== undefined) {
    setTimeout(() => radio.setAdapterFaults({ ...spec.adapterFaults, deaf: true }), spec.deafAfterMs).unref();
  }
  return radio.HciSocket;
}
