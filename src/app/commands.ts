/** The subcommands of `plumbline`. Each loads what it needs only when it runs. */
import { PlumblineError } from '../model/errors.ts';
import type { Arguments, Command } from './command.ts';

const analyze: Command = {
  name: 'analyze',
  summary: 'Analyses recordings: angles, events and summaries, one folder of results each.',
  usage: '<path>... --out <dir> [--orientation] [--angles] [--jobs N] [--force] [--json]',
  options: [
    { name: 'out', value: 'dir', description: 'folder that receives one folder per recording' },
    { name: 'orientation', description: 'also write orientation.csv (causal and settled quaternions)' },
    { name: 'angles', description: 'also write angles.csv (causal and settled angles)' },
    { name: 'jobs', value: 'N', description: 'recordings at the same time (default: all cores)' },
    { name: 'force', description: 'overwrite existing results' },
    { name: 'json', description: 'one JSON summary line per recording on stdout' },
  ],
  notes: [
    'A recording is x.csv or x.csv.gz with a sidecar x.json beside it (units, placement, mount).',
    'Exit codes: 0 all analysed, 1 at least one recording failed (one line each on stderr), 2 bad usage.',
  ],
  async run(args) {
    const outDir = args.text('out');
    if (!outDir) throw new PlumblineError('usage', 'expected --out <dir>, found none');
    const module = await import('./analyze.ts');
    return module.analyze({
      paths: needPositionals(args, 'at least one recording or folder'),
      outDir,
      orientation: args.flag('orientation'),
      angles: args.flag('angles'),
      jobs: args.number('jobs', { min: 1, max: 256, whole: true }),
      force: args.flag('force'),
      json: args.flag('json'),
    });
  },
};

function needPositionals(args: Arguments, expected: string): readonly string[] {
  if (args.positionals.length === 0) throw new PlumblineError('usage', `expected ${expected}, found none`);
  return args.positionals;
}

const config = {
  name: 'config',
  value: 'file',
  description: 'YAML configuration (default: PLUMBLINE_CONFIG, else a demonstration)',
};

const start: Command = {
  name: 'start',
  summary: 'Runs the service: radio, alerts, record and page, until Ctrl-C.',
  usage: '[--config <file>]',
  options: [config],
  notes: ['Without configuration the wearer is simulated and everything needed is inside: broker, record, page.'],
  async run(args) {
    const module = await import('./start.ts');
    return module.start(args.text('config'));
  },
};

const replay: Command = {
  name: 'replay',
  summary: 'Plays a recording through the live path: virtual wearable, radio, rules, alerts, databases, page.',
  usage: '<recording> [--speed N] [--config <file>] [--stay]',
  options: [
    { name: 'speed', value: 'N', description: 'so many times faster than life, 0.1 to 50 (default 1)' },
    config,
    { name: 'stay', description: 'keep the service and its page running afterwards' },
  ],
  notes: ['Limits are those of the first person in the configuration. Times are as if the recording began now.'],
  async run(args) {
    const [path, ...more] = needPositionals(args, 'one recording');
    if (more.length > 0) throw new PlumblineError('usage', `expected one recording, found ${args.positionals.length}`);
    const speed = args.number('speed', { min: 0.1, max: 50 }) ?? 1;
    const [{ loadConfig }, module] = await Promise.all([import('../config.ts'), import('../replay.ts')]);
    return module.replay({ path, config: loadConfig(args.text('config')), speed, stay: args.flag('stay') });
  },
};

export const COMMANDS: readonly Command[] = [start, analyze, replay];
