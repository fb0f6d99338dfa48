/*
 * Written out for both themes instead of as variables: many programs that show an SVG know no variables. What is told by
 * colour (p50, p99) is told by its place, too: p99 is above.
 */
const light = { page: '#ffffff', ink: '#1b2230', muted: '#5d6879', grid: '#e3e7ee', p50: '#1f5fe0', p99: '#c42032' }
const dark = { page: '#11141a', ink: '#e7ebf2', muted: '#9aa5b6', grid: '#2a313d', p50: '#7aa8ff', p99: '#ff7b86' }

const coloursOf = ({ page, ink, muted, grid, p50, p99 }: typeof light): string =>
  [
    `.latency .page{fill:${page}}`,
    `.latency text{fill:${ink}}`,
    `.latency .small{fill:${muted};stroke:${page}}`,
    `.latency .grid{stroke:${grid}}`,
    `.latency .most{stroke:${muted}}`,
    `.latency .p50{stroke:${p50}}.latency .p50.mark{fill:${p50}}`,
    `.latency .p99{stroke:${p99}}.latency .p99.mark{fill:${p99}}`,
    `.latency .muted{stroke:${muted}}.latency .muted.mark{fill:${muted}}`,
  ].join('')

export const PLOT_STYLE = [
  '.latency text{font:13px system-ui,sans-serif}.latency .title{font-weight:600;font-size:15px}',
  '.latency .small{font-size:11px}.latency .middle text{text-anchor:middle}.latency .end text{text-anchor:end}',
  '.latency polyline{fill:none;stroke-width:2}.latency .rate{stroke-dasharray:5 4}.latency .most{stroke-dasharray:2 3}',
  // The page shines through around the letters where a line passes behind them.
  '.latency .small{paint-order:stroke;stroke-width:3px}',
  coloursOf(light),
  `@media (prefers-color-scheme: dark){${coloursOf(dark)}}`,
].join('')
