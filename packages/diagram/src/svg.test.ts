import type { Description } from '@skald/saga'
import { valuesOf, xmlFaults } from '@skald/testing'
import { expect, test } from 'vitest'
import { after, ordered, runOf } from '../test/journey.ts'
import { chart } from '../test/parcel.ts'
import { createDiagrams, type Run, written } from './index.ts'

/** As WCAG counts it: from 1, the same, to 21, black on white. */
const contrast = (one: string, other: string): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const { picture } = createDiagrams()
const svgOf = async (run?: Run, description: Description = chart) => written(await picture(description, run), 'svg')

test('is well-formed XML, whatever the names hold', async () => {
  const run = runOf(ordered(), { sagaId: '"><script>&\u0000\uD800' })
  const states = chart.states.map((state) => (state.path === 'held' ? { ...state, says: [`<&>"']]>\u0007`] } : state))
  const svg = await svgOf(run, { ...chart, hash: 'hostile', states })
  expect(xmlFaults(svg)).toEqual([])
  expect(svg).not.toContain('<script')
  expect(svg.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cs}/u)
})

test('needs nothing from outside and runs nothing', async () => {
  const svg = await svgOf(runOf(after('parcel.lost.v1')))
  expect(svg).not.toMatch(/<script|<foreignObject|<image|href|@import|url\(|\son\w+=/)
})

test('is told to those who cannot see it', async () => {
  const svg = await svgOf(runOf(after('parcel.lost.v1'), { status: 'COMPENSATING' }))
  expect(svg).toMatch(/^<svg [^>]*role="img"/)
  const [labelled = ''] = valuesOf(svg, 'aria-labelledby')
  expect(labelled.split(' ').every((id) => valuesOf(svg, 'id').includes(id))).toBe(true)
  expect(svg).toContain('Saga s1 (parcel version 3): COMPENSATING</title>')
  expect(svg).toContain('It is in undoing.asking. The way taken: 1 parcel.ordered.v1, 2 parcel.lost.v1.</desc>')
})

test('has a light and a dark form, and styles nothing else in its page', async () => {
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(await svgOf()) ?? []
  const [light = '', dark = ''] = style.split('@media (prefers-color-scheme: dark)')
  expect(dark.length).toBeGreaterThan(500)
  const selectors = [...`${light}${dark.slice(1, -1)}`.matchAll(/([^{}]+)\{[^{}]*\}/g)].flatMap(([, list = '']) =>
    list.trim().split(','),
  )
  expect(selectors.length).toBeGreaterThan(50)
  expect(selectors.filter((selector) => !selector.startsWith('.skald-diagram '))).toEqual([])
})

test('can be read in both forms: texts stand out from what lies behind them, and so do lines', async () => {
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(await svgOf()) ?? []
  for (const theme of style.split('@media (prefers-color-scheme: dark)')) {
    const colour = (selector: string) =>
      new RegExp(`\\.skald-diagram ${selector}\\{[a-z]+:(#\\w{6})`).exec(theme)?.[1] ?? ''
    for (const ground of ['.page', '.ground', '.ground.undo', '.body']) {
      expect(contrast(colour('text'), colour(ground)), `text on ${ground}`).toBeGreaterThan(7)
      expect(contrast(colour('.muted'), colour(ground)), `small text on ${ground}`).toBeGreaterThan(4.5)
      expect(contrast(colour('.line'), colour(ground)), `lines on ${ground}`).toBeGreaterThan(3)
    }
    for (const hue of ['taken', 'undo', 'person', 'good']) {
      const lit = contrast(colour('.node.live text'), colour(`.node.live.is-${hue} .body`))
      expect(lit, `text on ${hue}`).toBeGreaterThan(4.5)
    }
  }
})

test('two pictures in one page share no id', async () => {
  const [one, other] = [await svgOf(runOf(ordered())), await svgOf(runOf(ordered(), { sagaId: 's2' }))]
  const ids = [...valuesOf(one, 'id'), ...valuesOf(other, 'id')]
  expect(new Set(ids).size).toBe(ids.length)
})

test('numbers what was taken by the lines of the history, and shortens a long row', async () => {
  const stuck = Array.from({ length: 2 }, () => 'parcel.stuck.v1')
  expect(await svgOf(runOf(after('parcel.lost.v1', ...stuck)))).toContain('>3, 4</text>')
  const loop = { type: 'parcel.stuck.v1', from: { undoing: 'asking' }, to: { undoing: 'asking' } }
  const steps = Array.from({ length: 40 }, (_, index) => ({ ...loop, seq: index + 3 }))
  expect(await svgOf(runOf(after('parcel.lost.v1'), { steps }))).toContain('>3, 4 … 42 (40×)</text>')
})

test('lights the state where the saga is, in the colour of how it is', async () => {
  const live = async (run: Run) =>
    [...(await svgOf(run)).matchAll(/<g class="(node[^"]* live [^"]*)">/g)].map(([, names]) => names)
  expect(await live(runOf(ordered()))).toEqual(['node visited live is-taken', 'node live is-taken'])
  const [held] = await live(runOf(after('parcel.packed.v1', 'parcel.held.v1')))
  expect(held).toBe('node person visited live is-person')
  const [delivered] = await live(runOf(after('parcel.packed.v1', 'papers.printed.v1', 'van.arrived.v1')))
  expect(delivered).toBe('node visited live is-good')
  expect(await live({ ...runOf(ordered()), state: null, steps: [] })).toEqual([])
})

test('explains only the signs that are in it', async () => {
  const [definition, saga] = [await svgOf(), await svgOf(runOf(ordered()))]
  for (const sign of ['start', 'end', 'said on entry', 'undoes what was done', 'waits for a person']) {
    expect(definition).toContain(`>${sign}</text>`)
  }
  expect(definition).not.toContain('way taken')
  expect(saga).toContain('way taken, by line of the history')
  expect(saga).toContain('where it is now')
})

test('shortens types where that leaves no doubt, and says why an edge is taken', async () => {
  const svg = await svgOf()
  for (const label of [
    'parcel.too-big',
    'after packDeadline',
    'person: cancel',
    'parcel.packed.v1',
    '→ parcel.unpack',
  ]) {
    expect(svg).toContain(`>${label}</text>`)
  }
  expect(svg).toContain('>parcel.packed.v2 [else]</text>')
  expect(svg).toContain('>parcel.stuck [mayTryAgain]</text>')
  expect(svg).toContain('[is &lt;big&gt; &amp; &quot;red&quot;]')
})
