/**
 * One InfluxQL query of a panel. The SDK has no builder for InfluxQL: this is the object that Grafana's data source reads.
 *
 * Grafana replaces `$timeFilter`, `$__interval` and `$__interval_ms` in its backend (pkg/tsdb/influxdb/models/query.go),
 * and the dashboard's own variables before that.
 */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

/** Fixed ids, the same in `provisioning/datasources/plumbline.yaml`. */
export const SERIES_SOURCE: DataSourceRef = { type: 'influxdb', uid: 'plumbline-series' };
export const LONG_SOURCE: DataSourceRef = { type: 'influxdb', uid: 'plumbline-long' };
/** A panel whose targets name different data sources. */
export const MIXED_SOURCE: DataSourceRef = { type: 'datasource', uid: '-- Mixed --' };

/** Fields as Grafana stores them. */
interface InfluxTarget extends Dataquery {
  readonly refId: string;
  readonly datasource: DataSourceRef;
  readonly rawQuery: true;
  readonly query: string;
  readonly resultFormat: 'time_series' | 'table';
  /** Name of each series, `$tag_site` and `$col` are filled in. */
  readonly alias?: string;
}

export interface InfluxQuestion {
  readonly datasource: DataSourceRef;
  readonly query: string;
  readonly alias?: string;
  readonly format?: 'time_series' | 'table';
}

/** `refId` is one capital letter, unique within the panel. */
export function influxTarget(refId: string, question: InfluxQuestion): Builder<Dataquery> {
  const target: InfluxTarget = {
    refId,
    datasource: question.datasource,
    rawQuery: true,
    query: question.query,
    resultFormat: question.format ?? 'time_series',
    ...(question.alias === undefined ? {} : { alias: question.alias }),
    _implementsDataqueryVariant: () => undefined,
  };
  return { build: () => target };
}
