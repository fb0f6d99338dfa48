import { CODE_PX, NAME_PX, SMALL_PX } from './measure.ts'

/*
 * Colours by what they mean. They are written out for each theme instead of as variables, since many programs that show
 * an SVG know no variables. Nothing is told by colour alone: every mark has a shape or a word as well.
 */
interface Palette {
  readonly page: string
  readonly ink: string
  readonly muted: string
  readonly line: string
  readonly node: string
  readonly nodeEdge: string
  readonly group: string
  readonly groupEdge: string
  /** The way that was taken. */
  readonly taken: string
  readonly takenFill: string
  readonly undo: string
  readonly undoGroup: string
  readonly undoEdge: string
  readonly person: string
  readonly personFill: string
  readonly good: string
  /** On the strong colours. */
  readonly onStrong: string
}

const light: Palette = {
  page: '#ffffff',
  ink: '#1b2230',
  muted: '#5d6879',
  line: '#808b9e',
  node: '#ffffff',
  nodeEdge: '#8793a7',
  group: '#f4f6fa',
  groupEdge: '#d3d9e4',
  taken: '#1f5fe0',
  takenFill: '#eaf1ff',
  undo: '#b45f06',
  undoGroup: '#fff8ec',
  undoEdge: '#b98a3c',
  person: '#c42032',
  personFill: '#fff0f1',
  good: '#12803c',
  onStrong: '#ffffff',
}

const dark: Palette = {
  page: '#11141a',
  ink: '#e7ebf2',
  muted: '#9aa5b6',
  line: '#6b7792',
  node: '#212733',
  nodeEdge: '#6f7c97',
  group: '#181c25',
  groupEdge: '#343d4e',
  taken: '#7aa8ff',
  takenFill: '#1b2a4a',
  undo: '#f0a94a',
  undoGroup: '#241d12',
  undoEdge: '#94733c',
  person: '#ff7a86',
  personFill: '#371a1f',
  good: '#4cc77a',
  onStrong: '#0d1015',
}

const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif'
const CODE = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace'

const shapes = [
  `text{font-family:${SANS};font-size:${NAME_PX}px}`,
  '.title{font-size:20px;font-weight:700}',
  '.name{font-weight:600}',
  `.small,.chip-text,.badge-text{font-size:${SMALL_PX}px}`,
  '.chip-text,.badge-text{font-weight:700;text-anchor:middle}',
  `.code{font-family:${CODE};font-size:${CODE_PX}px}`,
  '.italic{font-style:italic}',
  '.line{fill:none;stroke-width:1.25}',
  '.line.visited{stroke-width:2.75}',
  '.code.visited{font-weight:700}',
  '.body{stroke-width:1.25}',
  '.node.visited .body,.ground.visited{stroke-width:2}',
  '.ground{stroke-width:1.25}',
  '.ground.region,.any .body{stroke-dasharray:5 4}',
  '.halo{fill:none;stroke-width:6;opacity:.28}',
  '.icon{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}',
]

const fill = (selector: string, colour: string): string => `${selector}{fill:${colour}}`
const stroke = (selector: string, colour: string): string => `${selector}{stroke:${colour}}`

/** Later rules win over earlier ones of the same weight: from what is usual to what is special. */
const colours = (p: Palette): string[] => [
  fill('.page', p.page),
  fill('text', p.ink),
  fill('.muted', p.muted),
  fill('.ground', p.group),
  stroke('.ground', p.groupEdge),
  fill('.ground.undo', p.undoGroup),
  stroke('.ground.undo', p.undoEdge),
  fill('.body', p.node),
  stroke('.body', p.nodeEdge),
  stroke('.node.undo .body', p.undoEdge),
  fill('.node.person .body', p.personFill),
  stroke('.node.person .body', p.person),
  stroke('.node.visited .body,.ground.visited', p.taken),
  fill('.dot', p.ink),
  fill('.dot.visited', p.taken),
  stroke('.line', p.line),
  fill('.tip', p.line),
  stroke('.line.visited', p.taken),
  fill('.tip.visited', p.taken),
  fill('.on-page', p.page),
  fill('.on-group', p.group),
  fill('.on-undo', p.undoGroup),
  fill('.plate.visited', p.takenFill),
  fill('.code.label', p.muted),
  fill('.code.visited', p.ink),
  fill('.badge', p.taken),
  stroke('.icon', p.muted),
  stroke('.icon.undo', p.undo),
  stroke('.icon.person', p.person),
  fill('.chip', p.muted),
  fill('.chip-text,.badge-text', p.onStrong),
  ...['taken', 'undo', 'person', 'good'].flatMap((hue) => strong(hue, p[hue as 'taken' | 'undo' | 'person' | 'good'])),
  fill('.node.live text', p.onStrong),
  fill('.chip.here', p.onStrong),
  stroke('.node.live .icon', p.onStrong),
]

/** Where the saga is: filled with the colour that says how it is. */
const strong = (hue: string, colour: string): string[] => [
  fill(`.node.live.is-${hue} .body`, colour),
  stroke(`.node.live.is-${hue} .body,.ground.live.is-${hue},.halo.is-${hue}`, colour),
  fill(`.chip.is-${hue},.node.live.is-${hue} .chip-text`, colour),
]

export const SCOPE = 'skald-diagram'

const scoped = (rule: string): string => {
  const [selectors = '', body = ''] = rule.split(/(?=\{)/)
  return `${selectors
    .split(',')
    .map((selector) => `.${SCOPE} ${selector}`)
    .join(',')}${body}`
}

/** The whole style sheet: each rule holds only inside a picture, so that it can stand in any page. */
export const styleSheet: string = [
  ...[...shapes, ...colours(light)].map(scoped),
  `@media (prefers-color-scheme: dark){${colours(dark).map(scoped).join('')}}`,
].join('\n')
