/** Puts panels on Grafana's 24-column grid, line by line, and numbers them. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { type GridPos, type Panel, RowBuilder, type RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

const GRID_COLUMNS = 24;

export interface PanelBuilder extends Builder<Panel> {
  id(id: number): PanelBuilder;
  gridPos(gridPos: GridPos): PanelBuilder;
}

/** Panels side by side; `widths` in grid columns, together at most 24. */
export interface PanelLine {
  readonly heightRows: number;
  readonly panels: readonly { readonly widthColumns: number; readonly panel: PanelBuilder }[];
}

export interface PanelSection {
  /** Heading of the section; without it the panels stand at the top. */
  readonly title?: string;
  readonly lines: readonly PanelLine[];
}

export function layPanels(sections: readonly PanelSection[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const section of sections) {
    if (section.title !== undefined) {
      placed.push(
        new RowBuilder(section.title)
          .id(placed.length + 1)
          .gridPos({ x: 0, y, w: GRID_COLUMNS, h: 1 })
          .build(),
      );
      y += 1;
    }
    for (const line of section.lines) {
      let x = 0;
      for (const { widthColumns, panel } of line.panels) {
        placed.push(
          panel
            .id(placed.length + 1)
            .gridPos({ x, y, w: widthColumns, h: line.heightRows })
            .build(),
        );
        x += widthColumns;
      }
      y += line.heightRows;
    }
  }
  return placed;
}

/** Panels of equal width that fill the line. */
export const sideBySide = (heightRows: number, ...panels: readonly PanelBuilder[]): PanelLine => ({
  heightRows,
  panels: panels.map((panel) => ({ widthColumns: GRID_COLUMNS / panels.length, panel })),
});
