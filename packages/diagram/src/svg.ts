import { chipWidth, codeWidth, nameWidth, SMALL_PX } from './measure.ts'
import type { Picture } from './picture.ts'
import { SCOPE, styleSheet } from './style.ts'
import { drawLegend, legendOf } from './svg-legend.ts'
import { drawLabel, drawLine, surfaceOf } from './svg-lines.ts'
import { chip } from './svg-marks.ts'
import { drawGroup, drawNode } from './svg-nodes.ts'
import { el, escapeXml, textAt } from './xml.ts'

const MARGIN_PX = 24
const HEADER_PX = 62
/** Steps that the description for screen readers tells; the picture shows them all. */
const MAX_STEPS_TOLD = 50

/**
 * The picture as an SVG document: light or dark as the reader's system is, without scripts, fonts or anything else from
 * outside. Several may stand in one page.
 */
export const drawSvg = (picture: Picture): string => {
  const { nodes, edges, saga } = picture
  const header = headerOf(picture)
  const inner = Math.max(picture.width, header.width, 320)
  const legend = legendOf(picture, inner)
  const width = inner + 2 * MARGIN_PX
  const chartTop = MARGIN_PX + HEADER_PX
  const legendTop = chartTop + picture.height + 20
  const height = legendTop + legend.height + MARGIN_PX
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const isGroup = ({ kind }: (typeof nodes)[number]): boolean => kind === 'compound' || kind === 'parallel'
  const taken = edges.filter(({ visited }) => visited)
  const others = edges.filter(({ visited }) => !visited)
  const id = idOf(picture)
  return el(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      width: Math.ceil(width),
      height: Math.ceil(height),
      class: SCOPE,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
    },
    [
      el('title', { id: `${id}-title` }, escapeXml(titleOf(picture))),
      el('desc', { id: `${id}-desc` }, escapeXml(tell(picture))),
      `<style>${styleSheet}</style>`,
      el('rect', { class: 'page', width: Math.ceil(width), height: Math.ceil(height) }),
      el('g', { transform: `translate(${MARGIN_PX} ${MARGIN_PX})` }, header.markup),
      el('g', { transform: `translate(${MARGIN_PX + (inner - picture.width) / 2} ${chartTop})` }, [
        ...nodes.filter(isGroup).map((node) => drawGroup(node, byId.get(node.parent)?.kind === 'parallel')),
        ...[...others, ...taken].map(drawLine),
        ...nodes.filter((node) => !isGroup(node)).map((node) => drawNode(node, saga)),
        ...[...others, ...taken].map((edge) => drawLabel(edge, surfaceOf(edge, byId))),
      ]),
      el('g', { transform: `translate(${MARGIN_PX} ${legendTop})` }, drawLegend(legend)),
    ],
  )
}

/** Ids are of the whole page that the picture may stand in. */
const idOf = ({ definition, version, saga }: Picture): string =>
  ['skald', definition, version, saga?.sagaId ?? ''].join('-').replace(/[^A-Za-z0-9_-]/g, '_')

const titleOf = ({ definition, version, saga }: Picture): string =>
  saga
    ? `Saga ${saga.sagaId} (${definition} version ${version}): ${saga.status}`
    : `Saga definition ${definition} version ${version}`

/** The picture in words. */
const tell = ({ taken, live, saga, nodes }: Picture): string => {
  const places = live.join(' and ')
  if (!saga) return `A statechart of ${nodes.filter(({ name, kind }) => name !== '' && kind !== 'any').length} states.`
  const where = live.length === 0 ? '' : saga.ended ? `It ended in ${places}.` : `It is in ${places}.`
  const steps = taken.slice(0, MAX_STEPS_TOLD).map(({ seq, type }) => `${seq} ${type}`)
  const more = taken.length > MAX_STEPS_TOLD ? `, and ${taken.length - MAX_STEPS_TOLD} more` : ''
  return `${where} The way taken: ${steps.join(', ')}${more}.`.trim()
}

const STATUS_HUES: Readonly<Record<string, string>> = {
  RUNNING: 'is-taken',
  COMPENSATING: 'is-undo',
  COMPENSATED: 'is-undo',
  COMPLETED: 'is-good',
  NEEDS_ATTENTION: 'is-person',
}

const headerOf = ({ definition, version, saga }: Picture) => {
  const versionX = nameWidth(definition, 20) + 10
  const chipX = versionX + nameWidth(`version ${version}`) + 14
  const status = saga?.status.replaceAll('_', ' ') ?? ''
  return {
    width: Math.max(
      chipX + (saga ? chipWidth(status) : 0),
      codeWidth(saga?.sagaId ?? '') + nameWidth('saga ', SMALL_PX),
    ),
    markup: [
      textAt(0, 20, definition, 'title'),
      textAt(versionX, 20, `version ${version}`, 'muted'),
      ...(saga
        ? [chip(chipX, 15, status, STATUS_HUES[saga.status] ?? ''), textAt(0, 40, `saga ${saga.sagaId}`, 'code muted')]
        : []),
    ],
  }
}
