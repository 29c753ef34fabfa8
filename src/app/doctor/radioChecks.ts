/** The radio that is configured. */
import { installAdvice, type NoblePackageFound } from '../../ble/loadNoble.ts';
import type { AdapterFinding, AdapterReport } from '../../ble/probeAdapter.ts';
import type { Config } from '../../config.ts';
import { type Finding, finding } from './finding.ts';

const LEVELS: Readonly<Record<AdapterFinding['level'], Finding['level']>> = {
  ok: 'ok',
  warning: 'warn',
  problem: 'fail',
};

/**
 * Without a wish for a real adapter nothing about it is in the way.
 * @param noble the package of the library that is configured
 */
export function radioChecks(radio: Config['radio'], report: AdapterReport, noble: NoblePackageFound): Finding[] {
  const isReal = radio.adapter === 'noble';
  const levelOf = (level: AdapterFinding['level']): Finding['level'] =>
    isReal || level === 'ok' ? LEVELS[level] : 'note';
  const meaning = {
    simulated: 'wearables are simulated',
    none: 'no radio is configured',
    noble: 'a Bluetooth adapter',
  };
  const wish =
    radio.adapter === 'noble'
      ? []
      : [
          finding(
            'radio',
            radio.adapter === 'none' ? 'warn' : 'ok',
            `radio.adapter: ${radio.adapter}, ${meaning[radio.adapter]}`,
            'set radio.adapter: noble for real wearables',
          ),
        ];
  const found = report.findings.map(({ check, level, found: words, fix }) =>
    finding(check, levelOf(level), words, fix),
  );
  return [...wish, ...libraryCheck(radio, noble), ...found, ...chosenCheck(radio, report)];
}

function libraryCheck(radio: Config['radio'], { name, version }: NoblePackageFound): Finding[] {
  if (radio.adapter !== 'noble') return [];
  const words = `radio.library: ${radio.library}, ${name}`;
  return version === undefined
    ? [finding('library', 'fail', `${words}, which is not installed`, installAdvice(name))]
    : [finding('library', 'ok', `${words} ${version}`)];
}

function chosenCheck(radio: Config['radio'], { adapters }: AdapterReport): Finding[] {
  if (radio.adapter !== 'noble' || radio.hciDevice === undefined || adapters.length === 0) return [];
  const wanted = `hci${radio.hciDevice}`;
  if (adapters.includes(wanted)) return [];
  return [
    finding(
      'adapter',
      'fail',
      `no ${wanted}, which is configured`,
      `set radio.hciDevice to one of ${adapters.join(', ')}`,
    ),
  ];
}
