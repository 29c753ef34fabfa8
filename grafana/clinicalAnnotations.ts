/** Marks in every time chart where something crossed the person's limits. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { type AnnotationQuery, AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { clinicalEvents, eventQuery } from './eventQuery.ts';
import type { InfluxColumns } from './influxColumns.ts';

/** Which column becomes what. Grafana splits `tagsColumn` at commas and does not trim. */
interface InfluxAnnotation extends AnnotationQuery {
  readonly query: string;
  readonly titleColumn: string;
  readonly textColumn: string;
  readonly tagsColumn: string;
}

/**
 * InfluxQL annotations carry their query at the top, where older versions of Grafana read it, and in `target`,
 * where the present one reads it (public/app/plugins/datasource/influxdb/migrations.ts).
 */
export function clinicalAnnotations(columns: InfluxColumns): Builder<AnnotationQuery> {
  const shown = ['type', 'text', 'severity'].map((name) => columns.field('event', name)).join(', ');
  const { datasource, query } = eventQuery(columns, { select: shown, where: clinicalEvents(columns) });
  const question = { query, titleColumn: 'type', textColumn: 'text', tagsColumn: 'severity' };
  const annotation: InfluxAnnotation = {
    ...new AnnotationQueryBuilder()
      .name('What crossed this person’s limits')
      .datasource(datasource)
      .enable(true)
      .iconColor('orange')
      .build(),
    ...question,
    target: targetOf(question),
  };
  return { build: () => annotation };
}

function targetOf(question: Readonly<Record<string, string>>): NonNullable<AnnotationQuery['target']> {
  const target = {
    refId: 'Anno',
    queryType: 'tags',
    fromAnnotations: true,
    timeEndColumn: '',
    ...question,
    _implementsDataqueryVariant: () => undefined,
  };
  return target;
}
