/**
 * The parts of noble that are used here, of both libraries. Their own types lack their internals; those are optional
 * below, because the other library or another version may name them differently, and every use guards for that. Which
 * of them each library is expected to have is listed in `nobleInternals.ts`.
 */
import type { EventEmitter } from 'node:events';

/** The interface of the HCI socket below either library. */
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
  subscribe(): void;
  unsubscribe(): void;
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

/** What noble keeps by id or address: a plain object in one library, a map or a set in the other. */
export type NobleTable = Record<string, unknown> | Map<string, unknown> | Set<string>;

export interface NobleHci extends EventEmitter {
  _socket?: HciSocketShape;
  _aclConnections?: Map<number, { pending: number }>;
  _aclQueue?: { handle: number; packet: Buffer }[];
  _pendingLeConn?: unknown;
  flushAcl?: () => Promise<void>;
  pollIsDevUp?: () => void;
  setScanEnabled?: (enabled: boolean, filterDuplicates: boolean) => void;
  onSocketData?: (packet: Buffer) => void;
  stop?: () => void;
}

interface NobleGatt {
  _mtu?: number;
}

export interface NobleBindings extends EventEmitter {
  _state?: string | null;
  _hci?: NobleHci | null;
  _gap?: { _discoveries?: Record<string, unknown> } | null;
  /** Handle → id and id → handle. */
  _handles?: Record<string, string | number>;
  _aclStreams?: Record<string, unknown>;
  _gatts?: Record<string, NobleGatt>;
  _pendingConnectionUuid?: string | null;
  _pendingConnectionAddress?: string | null;
  _pendingConnectionToken?: object | null;
  _cancelledConnectionUuid?: string | null;
  _connectionQueue?: unknown[];
  _isScanning?: boolean;
  _isScanningStarted?: boolean;
  _addresses?: Record<string, unknown>;
  _addresseTypes?: Record<string, unknown>;
  _connectable?: Record<string, unknown>;
  scannable?: Record<string, unknown>;
  init?: () => void;
  disconnect?: (id: string) => void;
  onAclDataPkt?: (handle: number, channel: number, data: Buffer) => void;
  onDisconnComplete?: (handle: number, reason: number) => void;
}

export interface Noble extends EventEmitter {
  initialized?: boolean;
  _initialized?: boolean;
  _initializeBindings?: () => void;
  readonly _bindings: NobleBindings;
  _peripherals?: NobleTable;
  _services?: NobleTable;
  _characteristics?: NobleTable;
  _descriptors?: NobleTable;
  _discoveredPeripheralUUids?: NobleTable;
  _discoveredPeripherals?: NobleTable;
  startScanning(serviceUuids: readonly string[], allowDuplicates: boolean): void;
  stopScanning(): void;
}
