/** Entry for the radio child process in tests of the radio: bench peripherals and what they do wrong, as data. */
import { type BenchOptions, createBenchPeripheral } from './benchPeripheral.ts';
import { createVirtualRadio, type HciSocketClass } from './createVirtualRadio.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import type { AdapterFaults, PeerFaults } from './radioFaults.ts';

export interface BenchRadioSpec {
  readonly peripherals: readonly BenchOptions[];
  readonly adapterFaults?: AdapterFaults;
  /** From the first connection on no advertisement gets through. */
  readonly deafOnceConnected?: boolean;
  readonly peerFaults?: Readonly<Record<string, PeerFaults>>;
}

export function createVirtualRadioFromSpec(spec: BenchRadioSpec): HciSocketClass {
  const radio = createVirtualRadio(
    spec.peripherals.map((options) => {
      const peripheral = createBenchPeripheral(options);
      const onConnect: VirtualPeripheral['onConnect'] = (link) => {
        peripheral.onConnect(link);
        if (spec.deafOnceConnected) radio.setAdapterFaults({ ...spec.adapterFaults, deaf: true });
      };
      return { ...peripheral, onConnect };
    }),
  );
  radio.setAdapterFaults(spec.adapterFaults ?? {});
  for (const [address, faults] of Object.entries(spec.peerFaults ?? {})) radio.setPeerFaults(address, faults);
  return radio.HciSocket;
}
