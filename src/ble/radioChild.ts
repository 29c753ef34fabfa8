/**
 * Entry of the radio process: it alone loads native Bluetooth code, which can abort the process that runs it. It serves
 * one parent over IPC and ends with it.
 */
import { PlumblineError } from '../model/errors.ts';
import type { BleLink, Logger } from '../model/ports.ts';
import { AdvertisementThrottle } from './advertisementThrottle.ts';
import { NobleCentral } from './nobleCentral.ts';
import type { NobleLink } from './nobleLink.ts';
import type { HciSocketClass } from './nobleShape.ts';
import { NotificationOutbox } from './notificationOutbox.ts';
import { radioClock } from './radioClock.ts';
import {
  errorData,
  type FromChild,
  type LogLevel,
  type RadioRequest,
  type RadioSettings,
  type ReplyValue,
  type ToChild,
} from './radioProtocol.ts';

/** Exit code that asks the parent for a fresh radio. */
const EXIT_SCAN_DEAD = 3;

interface VirtualRadioModule {
  createVirtualRadioFromSpec(spec: unknown, host: { now: () => number }): HciSocketClass;
}

const send = (message: FromChild, onSent?: () => void): void => {
  // A parent that is gone is noticed by the disconnect event.
  process.send?.(message, undefined, {}, () => onSent?.());
};

const log =
  (level: LogLevel) =>
  (event: string, fields: Record<string, unknown> = {}): void =>
    send({ type: 'log', level, event, fields });
const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };

class RadioServer {
  readonly #central: NobleCentral;
  readonly #links = new Map<number, BleLink>();
  readonly #outbox = new NotificationOutbox({
    send: (items, onSent) => send({ type: 'notifications', items }, onSent),
    onDropped: (dropped) => logger.error('radio.notifications-dropped', { dropped }),
  });
  #nextLink = 1;

  constructor(central: NobleCentral) {
    this.#central = central;
    const throttle = new AdvertisementThrottle();
    central.onStateChange((state) => send({ type: 'state', state }));
    central.onAdvertisement((advertisement) => {
      if (throttle.admits(advertisement, performance.now())) send({ type: 'advertisement', advertisement });
    });
  }

  async start(): Promise<void> {
    try {
      await this.#central.start();
      send({ type: 'ready' });
    } catch (error) {
      send({ type: 'failed', error: errorData(error) });
    }
  }

  stop(): Promise<void> {
    return this.#central.stop();
  }

  async call(call: number, request: RadioRequest): Promise<void> {
    try {
      const value = await this.#serve(request);
      // What was notified before the answer must arrive before it.
      this.#outbox.flush();
      send({ type: 'reply', call, value });
    } catch (error) {
      send({ type: 'refusal', call, error: errorData(error) });
    }
  }

  async #serve(request: RadioRequest): Promise<ReplyValue> {
    switch (request.op) {
      case 'startScan':
        await this.#central.startScan();
        return undefined;
      case 'stopScan':
        await this.#central.stopScan();
        return undefined;
      case 'connect':
        return this.#opened(await this.#central.connect(request.id));
      case 'read':
        return this.#link(request.link).read(request.uuid);
      case 'write':
        await this.#link(request.link).write(request.uuid, request.bytes, { withoutResponse: request.withoutResponse });
        return undefined;
      case 'subscribe':
        await this.#subscribe(request.link, request.uuid);
        return undefined;
      case 'rssi':
        return this.#link(request.link).readRssiDbm();
      default:
        await this.#links.get(request.link)?.disconnect();
        return undefined;
    }
  }

  #opened(link: NobleLink): ReplyValue {
    const number = this.#nextLink++;
    this.#links.set(number, link);
    void this.#announceEnd(number, link);
    return { link: number, id: link.id, mtu: link.mtu, characteristics: [...link.characteristics] };
  }

  async #announceEnd(number: number, link: NobleLink): Promise<void> {
    const reason = await link.closed;
    this.#links.delete(number);
    this.#outbox.flush();
    send({ type: 'closed', link: number, reason, hciReason: link.hciReason });
  }

  #subscribe(number: number, uuid: string): Promise<void> {
    return this.#link(number).subscribe(uuid, (bytes, arrivalMs) => {
      this.#outbox.add({ link: number, uuid, bytes, arrivalMs });
    });
  }

  #link(number: number): BleLink {
    const link = this.#links.get(number);
    if (!link) throw new PlumblineError('radio/closed', 'expected an open link, found it closed');
    return link;
  }
}

async function createServer({ adapter, clock, limits, deafReplacements }: RadioSettings): Promise<RadioServer> {
  const nowMs = radioClock(clock);
  let hciSocket: HciSocketClass | undefined;
  if (adapter.kind === 'virtual') {
    const radio = (await import(adapter.module)) as VirtualRadioModule;
    hciSocket = radio.createVirtualRadioFromSpec(adapter.spec, { now: nowMs });
  }
  const hciDevice = adapter.kind === 'noble' ? adapter.hciDevice : undefined;
  const onScanDead = (): void => send({ type: 'scan-dead' }, () => process.exit(EXIT_SCAN_DEAD));
  const onScanRestart = (): void => send({ type: 'scan-restarted' });
  const { library } = adapter;
  const silence = { deafReplacements, onScanRestart, onScanDead };
  return new RadioServer(new NobleCentral({ nowMs, logger, library, hciSocket, hciDevice, limits, ...silence }));
}

let server: Promise<RadioServer> | undefined;

async function obey(message: ToChild): Promise<void> {
  switch (message.type) {
    case 'start':
      server = createServer(message.settings);
      await (await server).start();
      return;
    case 'call':
      await (await server)?.call(message.call, message.request);
      return;
    case 'ping':
      send({ type: 'pong' });
      return;
    case 'stop':
      await (await server)?.stop();
      process.exit(0);
  }
}

// The parent decides when we end: Ctrl-C reaches the whole process group, and the wearables still want to be told.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToChild) => {
  obey(message).catch((error: unknown) => send({ type: 'failed', error: errorData(error) }));
});
