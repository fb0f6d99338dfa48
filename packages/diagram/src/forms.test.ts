import { expect, test } from 'vitest'
import { chart } from '../test/parcel.ts'
import { createDiagrams, formFor, written } from './index.ts'

const asked: readonly (readonly [accept: string | undefined, form: string | undefined, why: string])[] = [
  [undefined, 'svg', 'who does not say gets the picture'],
  ['', 'svg', 'nor does an empty header say anything'],
  ['*/*', 'svg', 'who takes anything gets the picture'],
  ['application/json', 'json', 'what is named is given'],
  ['text/vnd.mermaid', 'mermaid', 'what is named is given'],
  ['IMAGE/SVG+XML', 'svg', 'case does not matter'],
  ['image/svg+xml; charset=utf-8', 'svg', 'nor do parameters'],
  ['image/*', 'svg', 'a kind covers its types'],
  ['text/*', 'mermaid', 'a kind covers its types'],
  ['application/json;q=0.5, text/vnd.mermaid;q=0.8', 'mermaid', 'the larger weight wins'],
  ['image/svg+xml;q=0.1, */*', 'mermaid', 'the narrower range decides about its type'],
  ['application/json, text/plain, */*', 'json', 'what is named goes before what is covered'],
  ['image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8', 'svg', 'a browser that shows an image'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'svg', 'a browser that opens a page'],
  ['*/*, image/svg+xml;q=0', 'mermaid', 'zero takes a type out'],
  ['text/html', undefined, 'nothing of ours'],
  ['application/json;q=0', undefined, 'zero is none'],
  ['application/json;q=2', undefined, 'a weight that is none takes its range out'],
  [',;/,*/svg,json', undefined, 'nonsense covers nothing'],
]

test.each(asked)('Accept: %s gives %s: %s', (accept, form) => {
  expect(formFor(accept)).toBe(form)
})

test('JSON is the picture itself, with what is noted instead of taken', async () => {
  const picture = await createDiagrams().picture(chart)
  expect(JSON.parse(written(picture, 'json'))).toEqual(picture)
  expect(picture.noted).toEqual([{ state: '', on: 'parcel.stuck.v1', note: 'known already' }])
})
