/** The subcommands of `plumbline`. Each loads what it needs only when it runs. */
import type { Config } from '../config.ts';
import { PLACEMENTS } from '../model/person.ts';
import { type Arguments, type Command, usageError } from './command.ts';

const SIMULATED_NOTE =
  'Without configuration the wearables are simulated; PLUMBLINE_RADIO_ADAPTER=noble takes the adapter.';
/** Unix seconds of the year 2255. */
const MAX_TIME_S = 9e9;
const BAD_USAGE = 'bad usage or configuration';

const configOption = {
  name: 'config',
  value: 'file',
  description: 'YAML configuration (default: PLUMBLINE_CONFIG, else a demonstration)',
};

async function configOf(args: Arguments): Promise<Config> {
  const { loadConfig } = await import('../config.ts');
  return loadConfig(args.text('config'));
}

const start: Command = {
  name: 'start',
  summary: 'Runs the service: radio, alerts, record and page, until Ctrl-C.',
  usage: '[--config <file>]',
  options: [configOption],
  notes: ['Without configuration the wearer is simulated and everything needed is inside: broker, record, page.'],
  exitCodes: [
    'ended by Ctrl-C or SIGTERM',
    'could not start, such as a record in use or a port that is taken',
    BAD_USAGE,
  ],
  example: 'plumbline start --config plumbline.yaml',
  async run(args) {
    const module = await import('./start.ts');
    return module.start(args.text('config'));
  },
};

const analyze: Command = {
  name: 'analyze',
  summary: 'Analyses recordings: angles, events and summaries, one folder of results each.',
  usage: '<path>... --out <dir> [--orientation] [--angles] [--jobs N] [--force] [--json]',
  positionals: { most: Infinity, expected: 'at least one recording or folder' },
  options: [
    { name: 'out', value: 'dir', description: 'folder that receives one folder per recording' },
    { name: 'orientation', description: 'also write orientation.csv (causal and settled quaternions)' },
    { name: 'angles', description: 'also write angles.csv (causal and settled angles)' },
    { name: 'jobs', value: 'N', description: 'recordings at the same time (default: all cores)' },
    { name: 'force', description: 'overwrite existing results' },
    { name: 'json', description: 'one JSON summary line per recording on stdout' },
  ],
  notes: [
    'A recording is x.mcap, or x.csv or x.csv.gz with a sidecar x.json beside it (units, placement, mount).',
    'Results are named after the recording without its ending: x.csv and x.mcap in one call are refused.',
  ],
  exitCodes: [
    'all analysed',
    'at least one recording failed, one line each on stderr; the others are written',
    BAD_USAGE,
  ],
  example: 'plumbline analyze recordings/ --out results --angles',
  async run(args) {
    const outDir = args.text('out');
    if (!outDir) throw usageError(analyze, 'expected --out <dir>, found none');
    const module = await import('./analyze.ts');
    return module.analyze({
      paths: needPositionals(analyze, args),
      outDir,
      orientation: args.flag('orientation'),
      angles: args.flag('angles'),
      jobs: args.number('jobs', { min: 1, max: 256, whole: true }),
      force: args.flag('force'),
      json: args.flag('json'),
    });
  },
};

const replay: Command = {
  name: 'replay',
  summary: 'Plays a recording through the live path: virtual wearable, radio, rules, alerts, databases, page.',
  usage: '<recording> [--speed N] [--config <file>] [--stay]',
  positionals: { most: 1, expected: 'one recording' },
  options: [
    { name: 'speed', value: 'N', description: 'so many times faster than life, 0.1 to 50 (default 1)' },
    configOption,
    { name: 'stay', description: 'keep the service and its page running afterwards' },
  ],
  notes: ['Limits are those of the first person in the configuration. Times are as if the recording began now.'],
  exitCodes: ['played', 'could not be played', BAD_USAGE],
  example: 'plumbline replay bending.csv --speed 5 --stay',
  async run(args) {
    const [path] = needPositionals(replay, args);
    const speed = args.number('speed', { min: 0.1, max: 50 }) ?? 1;
    const [config, module] = await Promise.all([configOf(args), import('../replay.ts')]);
    return module.replay({ path, config, speed, stay: args.flag('stay') });
  },
};

const record: Command = {
  name: 'record',
  summary: 'Records an enrolled wearable, or both of a person, to MCAP or CSV, as `plumbline analyze` reads it.',
  usage: '--out <file> [--seconds N] [--config <file>] [--person <id>] [--placement <place> | --both] [--force]',
  options: [
    { name: 'out', value: 'file', description: 'x.mcap, or x.csv with units, placement and mount in x.json beside it' },
    { name: 'seconds', value: 'N', description: 'length from the first sample on (default: until Ctrl-C)' },
    configOption,
    { name: 'person', value: 'id', description: 'whose wearable (default: the first person)' },
    { name: 'placement', value: 'place', description: 'which of this person’s wearables (default: the first)' },
    {
      name: 'both',
      description: 'the chest’s wearable and the one on waist or lower back, at the times of the chest’s',
    },
    { name: 'force', description: 'overwrite an existing recording' },
  ],
  notes: [
    'Samples are on the disk within a second, so that a cut leaves a usable file. Missing samples leave gaps in t_s.',
    'MCAP is the format to keep: smaller, with checksums, flags and the reasons of gaps (docs/recording-format.md).',
    'With --both a second wearable that is missing leaves empty places; samples wait for it at most four seconds.',
    'With --seconds the wearable must be streaming within a minute; without, it is waited for.',
    'A wearable sends to one program at a time: end the service first. ' + SIMULATED_NOTE,
  ],
  exitCodes: ['recorded', 'no samples, or none of the second wearable, or the recording ended early', BAD_USAGE],
  example: 'plumbline record --out walk.mcap --seconds 60 --config plumbline.yaml',
  async run(args) {
    const out = args.text('out');
    if (!out) throw usageError(record, 'expected --out <file>, found none');
    if (!/(?<=[^/])\.(mcap|csv)$/i.test(out)) {
      throw usageError(record, `--out: expected a name that ends in .mcap or .csv, found "${out}"`);
    }
    const seconds = args.number('seconds', { min: 0.1, max: 1_000_000 });
    const [placement, both] = [args.text('placement'), args.flag('both')];
    if (both && placement !== undefined) {
      throw usageError(record, 'expected either --placement or --both, found both of them');
    }
    const [config, module] = await Promise.all([configOf(args), import('./record.ts')]);
    return module.record({
      config,
      path: out,
      durationS: seconds,
      personId: args.text('person'),
      placement,
      both,
      force: args.flag('force'),
    });
  },
};

const convert: Command = {
  name: 'convert',
  summary: 'Writes a recording in another format, or a part of it. Every number stays what it is.',
  usage: '<recording> --out <file> [--from S] [--to S] [--force]',
  positionals: { most: 1, expected: 'one recording' },
  options: [
    { name: 'out', value: 'file', description: 'x.mcap, x.csv or x.csv.gz (with x.json beside it)' },
    { name: 'from', value: 'S', description: 'only samples from this second of t_s on' },
    { name: 'to', value: 'S', description: 'only samples before this second of t_s' },
    { name: 'force', description: 'overwrite an existing recording' },
  ],
  notes: [
    'Gaps, flags and all keys of the sidecar are carried over. Columns that are none of a recording are named and left out.',
    'Of a second sensor with times of its own, CSV gets the values at the times of the first.',
  ],
  exitCodes: ['converted', 'a damaged recording, or no room', BAD_USAGE],
  example: 'plumbline convert walk.mcap --out walk.csv --from 60 --to 120',
  async run(args) {
    const [path] = needPositionals(convert, args);
    const out = args.text('out');
    if (!out) throw usageError(convert, 'expected --out <file>, found none');
    if (!/(?<=[^/])\.(mcap|csv|csv\.gz)$/i.test(out)) {
      throw usageError(convert, `--out: expected a name that ends in .mcap, .csv or .csv.gz, found "${out}"`);
    }
    const range = { min: -MAX_TIME_S, max: MAX_TIME_S };
    const fromS = args.number('from', range);
    const toS = args.number('to', range);
    if (fromS !== undefined && toS !== undefined && toS <= fromS) {
      throw usageError(convert, `--to: expected more than ${fromS}, found ${toS}`);
    }
    const module = await import('./convert.ts');
    return module.convert({ path, out, fromS, toS, force: args.flag('force') });
  },
};

const scan: Command = {
  name: 'scan',
  summary: 'Lists the wearables that the radio hears: name, kind, address, signal, battery, and who wears them.',
  usage: '[--seconds N] [--config <file>] [--all] [--battery] [--json]',
  options: [
    { name: 'seconds', value: 'N', description: 'how long to listen, 0.5 to 3600 (default 10); Ctrl-C ends it' },
    configOption,
    { name: 'all', description: 'also list devices that are no known wearable' },
    { name: 'battery', description: 'ask every wearable for its battery, not only those that are enrolled' },
    { name: 'json', description: 'one JSON array on stdout' },
  ],
  notes: ['The battery is read over a short connection, one wearable after the other. ' + SIMULATED_NOTE],
  exitCodes: ['listened, whatever was heard', 'no radio', BAD_USAGE],
  example: 'PLUMBLINE_RADIO_ADAPTER=noble plumbline scan --seconds 5',
  async run(args) {
    const durationS = args.number('seconds', { min: 0.5, max: 3600 }) ?? 10;
    const [config, module] = await Promise.all([configOf(args), import('./scan.ts')]);
    return module.scan({
      config,
      durationS,
      all: args.flag('all'),
      battery: args.flag('battery'),
      json: args.flag('json'),
    });
  },
};

const pair: Command = {
  name: 'pair',
  summary: 'Enrols a wearable to a person and takes the upright posture in a guided stance.',
  usage:
    '--person <id> --placement <place> [--config <file>] [--kind K] [--name N | --address A] [--mount M] [--no-stance]',
  options: [
    { name: 'person', value: 'id', description: 'pseudonym of the wearer; a new one is added to the file' },
    { name: 'placement', value: 'place', description: `where it is worn: ${PLACEMENTS.join(', ')}` },
    { ...configOption, description: 'YAML configuration to write to (default: PLUMBLINE_CONFIG, else plumbline.yaml)' },
    { name: 'kind', value: 'K', description: 'only wearables of this kind, as in `plumbline devices`' },
    { name: 'name', value: 'N', description: 'the wearable of this advertised name' },
    { name: 'address', value: 'A', description: 'the wearable of this address' },
    {
      name: 'mount',
      value: 'M',
      description: 'sensor axes along anterior, superior, right, such as +Z-Y+X (default: found)',
    },
    { name: 'mode', value: 'M', description: 'how it measures, one of the device’s modes' },
    { name: 'seconds', value: 'N', description: 'how long to listen, 1 to 120 (default 8)' },
    { name: 'no-stance', description: 'enrol only; the upright posture is taken by itself later' },
  ],
  notes: [
    'The guided stance asks to stand, to walk a few steps, and to lean a little from the hips; never to bow.',
    'What else stands in the file stays. A wearable sends to one program at a time: end the service first. ' +
      SIMULATED_NOTE,
  ],
  exitCodes: ['enrolled', 'no wearable, several, or the stance did not succeed; nothing is written', BAD_USAGE],
  example: 'plumbline pair --person anna --placement chest --config plumbline.yaml',
  async run(args) {
    const [personId, place] = [args.text('person'), args.text('placement')];
    if (!personId) throw usageError(pair, 'expected --person <id>, found none');
    const placement = PLACEMENTS.find((each) => each === place);
    if (!placement) {
      throw usageError(pair, `--placement: expected one of ${PLACEMENTS.join(', ')}, found ${place ?? 'none'}`);
    }
    const listenS = args.number('seconds', { min: 1, max: 120 }) ?? 8;
    const module = await import('./pair.ts');
    return module.pairAtTerminal({
      file: args.text('config'),
      personId,
      placement,
      wish: { kind: args.text('kind'), name: args.text('name'), address: args.text('address') },
      mount: args.text('mount'),
      mode: args.text('mode'),
      listenS,
      withStance: !args.flag('no-stance'),
    });
  },
};

const devices: Command = {
  name: 'devices',
  summary: 'Lists the kinds of wearable that Plumbline knows, and what each is good for.',
  usage: '[--json]',
  options: [{ name: 'json', description: 'one JSON array on stdout' }],
  exitCodes: ['listed', 'failed', BAD_USAGE],
  example: 'plumbline devices',
  async run(args) {
    const module = await import('./devices.ts');
    return module.devices(args.flag('json'));
  },
};

const doctor: Command = {
  name: 'doctor',
  summary:
    'Checks adapter, permissions, wearables, broker, InfluxDB, disk, record, clock and Node.js, and says how to fix each.',
  usage: '[--config <file>] [--provision] [--json]',
  options: [
    configOption,
    { name: 'provision', description: 'first create the missing databases of InfluxDB 1.x' },
    { name: 'json', description: 'the findings as one JSON object on stdout' },
  ],
  notes: [
    '--provision needs an administrator of InfluxDB in PLUMBLINE_INFLUX_ADMIN_USERNAME and PLUMBLINE_INFLUX_ADMIN_PASSWORD;',
    'the service itself never uses that account.',
  ],
  exitCodes: ['nothing fails (there may be warnings)', 'at least one check fails', BAD_USAGE],
  example: 'plumbline doctor --config plumbline.yaml',
  async run(args) {
    const [config, module] = await Promise.all([configOf(args), import('./doctor.ts')]);
    return module.doctor({ config, provision: args.flag('provision'), json: args.flag('json') });
  },
};

const config: Command = {
  name: 'config',
  summary: 'Checks a configuration and prints what is in force, passwords hidden; or prints an example.',
  usage: '[--config <file>] [--example]',
  options: [configOption, { name: 'example', description: 'print an example with all keys and their meaning instead' }],
  exitCodes: ['printed', 'failed', 'bad usage or configuration: every bad key is listed'],
  example: 'plumbline config --example > plumbline.yaml',
  async run(args) {
    const module = await import('./config.ts');
    return args.flag('example') ? module.printExample() : module.printConfig(args.text('config'));
  },
};

function needPositionals(command: Command, args: Arguments): readonly string[] {
  if (args.positionals.length > 0) return args.positionals;
  throw usageError(command, `expected ${command.positionals?.expected ?? 'no argument'}, found none`);
}

export const COMMANDS: readonly Command[] = [
  start,
  analyze,
  replay,
  record,
  convert,
  scan,
  pair,
  devices,
  doctor,
  config,
];
