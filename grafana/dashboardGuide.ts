/** The generated part of `docs/dashboards.md`: what each panel answers, in its own words. */
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

/** Markdown. */
export function describedDashboards(dashboards: readonly Dashboard[]): string {
  return dashboards
    .map(
      ({ title, description, panels = [] }) => `\n## ${title}\n\n${description}\n\n${panels.map(described).join('')}\n`,
    )
    .join('');
}

function described(panel: Panel | RowPanel): string {
  if (isRow(panel)) return `\n### ${panel.title}\n\n`;
  return `- **${panel.title}**: ${panel.description}\n`;
}

const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === 'row';
