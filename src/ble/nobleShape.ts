/**
 * The parts of noble that are used here. noble's own types lack its internals; those are optional below, because
 * another version may name them differently, and every use guards for that.
 */
import type { EventEmitter } from 'node:events';

/** The interface of `@abandonware/bluetooth-hci-socket`. */
export type HciSocketClass = new () => HciSocketShape;

interface HciSocketShape extends EventEmitter {
  bindRaw(deviceId?: number): number;
  start(): void;
  stop(): void;
  isDevUp(): boolean;
  write(packet: Buffer): void;
}

export interface NobleCharacteristic extends EventEmitter {
  readonly uuid: string;
  readonly properties: readonly string[];
  read(): void;
  write(data: Buffer, withoutResponse: boolean): void;
  notify(enable: boolean): void;
}

export interface NobleService extends EventEmitter {
  readonly uuid: string;
  discoverCharacteristics(uuids: readonly string[]): void;
}

/** Core Specification units: intervals 1.25 ms, timeout 10 ms. */
interface NobleConnectionParameters {
  readonly minInterval: number;
  readonly maxInterval: number;
  readonly latency: number;
  readonly timeout: number;
}

export interface NoblePeripheral extends EventEmitter {
  readonly id: string;
  readonly address: string;
  readonly rssi: number;
  readonly advertisement: {
    readonly localName?: string | undefined;
    readonly serviceUuids?: readonly string[] | undefined;
    readonly manufacturerData?: Buffer | undefined;
  };
  mtu: number | null;
  state: string;
  connect(parameters: NobleConnectionParameters): void;
  cancelConnect(): void;
  disconnect(): void;
  discoverServices(uuids: readonly string[]): void;
  updateRssi(): void;
}

interface NobleHci extends EventEmitter {
  _socket?: HciSocketShape;
  _aclConnections?: Map<number, { pending: number }>;
  _aclQueue?: { handle: number; packet: Buffer }[];
  flushAcl?: () => Promise<void>;
  pollIsDevUp?: () => void;
}

interface NobleGatt {
  _mtu?: number;
}

export interface NobleBindings extends EventEmitter {
  _hci?: NobleHci;
  _gap?: { _discoveries?: Record<string, unknown> };
  /** Handle → id and id → handle. */
  _handles?: Record<string, string | number>;
  _aclStreams?: Record<string, unknown>;
  _gatts?: Record<string, NobleGatt>;
  _pendingConnectionUuid?: string | null;
  _connectionQueue?: unknown[];
  _addresses?: Record<string, unknown>;
  _addresseTypes?: Record<string, unknown>;
  _connectable?: Record<string, unknown>;
  scannable?: Record<string, unknown>;
  init(): void;
  onAclDataPkt?: (handle: number, channel: number, data: Buffer) => void;
  onDisconnComplete?: (handle: number, reason: number) => void;
}

export interface Noble extends EventEmitter {
  initialized: boolean;
  readonly _bindings: NobleBindings;
  _peripherals?: Record<string, unknown>;
  _services?: Record<string, unknown>;
  _characteristics?: Record<string, unknown>;
  _descriptors?: Record<string, unknown>;
  _discoveredPeripheralUUids?: Record<string, unknown>;
  startScanning(serviceUuids: readonly string[], allowDuplicates: boolean): void;
  stopScanning(): void;
}
