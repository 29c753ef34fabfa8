/** The adapter's answers to scan commands: noble reports them without saying to which command they belong. */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { NobleHci } from './nobleShape.ts';

/** Answers come in the order of the commands, so counting both tells which is whose. */
export class ScanCommands {
  readonly #canCount: boolean;
  #sentCount = 0;
  #answeredCount = 0;
  #onAnswer: ((status: number) => void) | undefined;

  /** Counts from now on; noble itself scans off and on while it starts. */
  constructor(hci: NobleHci) {
    const original = hci.setScanEnabled;
    this.#canCount = original !== undefined;
    if (original) {
      hci.setScanEnabled = (enabled, filterDuplicates) => {
        this.#sentCount++;
        original.call(hci, enabled, filterDuplicates);
      };
    }
    hci.on('leScanEnableSet', (status: number) => {
      // On a shared adapter the answers to other programs are heard too.
      if (this.#answeredCount === this.#sentCount) return;
      this.#answeredCount++;
      this.#onAnswer?.(status);
    });
  }

  /** The adapter is gone, and with it the answers that are missing. */
  forget(): void {
    this.#answeredCount = this.#sentCount;
  }

  /**
   * `send` gives one or more commands. Resolves with the HCI status of the answer to the last of them.
   * @throws PlumblineError `radio/timeout`, `radio/refused`
   */
  run(send: () => void, limitMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const refuse = (found: string, cause?: unknown): void =>
        reject(new PlumblineError('radio/refused', `expected a scan command, found ${found}`, { cause }));
      const before = this.#sentCount;
      try {
        send();
      } catch (cause) {
        refuse(messageOf(cause), cause);
        return;
      }
      if (!this.#canCount) resolve(0);
      else if (this.#sentCount === before) refuse('that noble sent none');
      else this.#awaitAnswer(limitMs, resolve, reject);
    });
  }

  #awaitAnswer(limitMs: number, resolve: (status: number) => void, reject: (error: PlumblineError) => void): void {
    const last = this.#sentCount;
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      this.#onAnswer = undefined;
      then();
    };
    const timer = setTimeout(() => {
      this.forget();
      const message = `expected the adapter to answer a scan command within ${limitMs} ms, found no answer`;
      settle(() => reject(new PlumblineError('radio/timeout', message)));
    }, limitMs);
    this.#onAnswer = (status) => {
      if (this.#answeredCount >= last) settle(() => resolve(status));
    };
  }
}
