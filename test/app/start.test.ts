import { expect, it } from 'vitest';
import { radioAdapterOf } from '../../src/app/start.ts';
import { loadConfig } from '../../src/config.ts';

it('the configured adapter and library reach the radio, the library being abandonware unless told', () => {
  const adapterOf = (env: Record<string, string>): unknown =>
    radioAdapterOf(loadConfig(undefined, { PLUMBLINE_RADIO_ADAPTER: 'noble', ...env }));
  expect(adapterOf({})).toEqual({ kind: 'noble', library: 'abandonware' });
  expect(adapterOf({ PLUMBLINE_RADIO_LIBRARY: 'stoprocent', PLUMBLINE_RADIO_HCI_DEVICE: '1' })).toEqual({
    kind: 'noble',
    library: 'stoprocent',
    hciDevice: 1,
  });
  expect(() => adapterOf({ PLUMBLINE_RADIO_LIBRARY: 'nobel' })).toThrow(
    'radio.library): expected abandonware or stoprocent, found "nobel"',
  );
});
