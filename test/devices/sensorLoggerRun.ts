/** What a virtual phone sends, through a network and the decoder into a stream of blocks. */
import { type PhoneNetworkOptions, throughNetwork } from '../../firmware-mocks/phoneNetwork.ts';
import { VirtualPhone, type VirtualPhoneOptions } from '../../firmware-mocks/virtualPhone.ts';
import type { DeviceStatus, StreamStart } from '../../src/devices/define.ts';
import { ImuStream, type StreamGap } from '../../src/devices/imuStream.ts';
import type { PushOutcome } from '../../src/devices/pushedDevice.ts';
import { sensorLogger } from '../../src/devices/sensorLogger.ts';
import type { ImuBlock } from '../../src/model/block.ts';

export const START_S = 1_790_000_000;

export class PhoneRun {
  readonly blocks: ImuBlock[] = [];
  readonly gaps: StreamGap[] = [];
  readonly problems: string[] = [];
  readonly starts: StreamStart[] = [];
  readonly statuses: DeviceStatus[] = [];
  readonly stream = new ImuStream(sensorLogger, {
    block: (block) => this.blocks.push(block),
    gap: (gap) => this.gaps.push(gap),
    problem: (message) => this.problems.push(message),
    wanted: () => undefined,
  });
  readonly #decoder;

  constructor(options: Parameters<typeof sensorLogger.createDecoder>[0] = {}) {
    this.#decoder = sensorLogger.createDecoder(options);
  }

  push(text: string, arrivalMs: number): PushOutcome {
    return this.#decoder.push(text, arrivalMs, (item, itemMs) => {
      if (item.kind === 'start') {
        this.starts.push(item.start);
        this.stream.start(item.start);
      } else if (item.kind === 'part') this.stream.pushPart(item.part, itemMs);
      else if (item.kind === 'problem') this.problems.push(item.message);
      else if (item.kind === 'status') this.statuses.push(item.status);
    });
  }

  /** The host's clock and the phone's begin together at `START_S`, unless the phone is told otherwise. */
  play(phone: VirtualPhone, durationS: number, network: PhoneNetworkOptions = {}): void {
    for (const { atS, text } of throughNetwork(phone.messages(durationS), network)) {
      this.push(text, (START_S + atS) * 1000);
    }
  }

  get tS(): number[] {
    return this.blocks.flatMap((block) => [...block.tS]);
  }

  values(quantity: 'accMps2' | 'gyrRadps'): number[] {
    return this.blocks.flatMap((block) => [...(block[quantity] ?? [])]);
  }
}

export function runPhone(
  phone: Omit<VirtualPhoneOptions, 'startS'> & { readonly startS?: number },
  durationS: number,
  { network = {}, mode }: { readonly network?: PhoneNetworkOptions; readonly mode?: string } = {},
): PhoneRun {
  const run = new PhoneRun(mode === undefined ? {} : { mode });
  run.play(new VirtualPhone({ startS: START_S, ...phone }), durationS, network);
  return run;
}
