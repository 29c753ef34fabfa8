/** A device's script without a device. */
import type { GattReply, GattScript, GattStep } from '../../src/devices/define.ts';

interface AskedStep {
  readonly op: 'read' | 'write' | 'request';
  readonly uuid: string;
  /** Empty for a read. */
  readonly bytes: Uint8Array;
}

/** Runs a script; `answer` gives the bytes of a read or request, or the error that the step ends with. */
export function runScript<T>(
  script: GattScript<T>,
  answer: (step: AskedStep) => Uint8Array | Error,
): { steps: GattStep[]; result: T } {
  const steps: GattStep[] = [];
  const reply = (bytes: Uint8Array): GattReply => ({ bytes, sentMs: 0, receivedMs: 1 });
  let next = script.next();
  while (!next.done) {
    const step = next.value;
    steps.push(step);
    const found = step.op === 'subscribe' || step.op === 'wait' ? new Uint8Array() : answer(asked(step));
    next = found instanceof Error ? script.throw(found) : script.next(reply(found));
  }
  return { steps, result: next.value };
}

const asked = (step: Exclude<GattStep, { op: 'subscribe' | 'wait' }>): AskedStep => ({
  op: step.op,
  uuid: step.uuid,
  bytes: step.op === 'read' ? new Uint8Array() : step.bytes,
});
