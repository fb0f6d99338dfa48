import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Problem, problemBody, problemCatalogue, problemCodes, problemType } from './index.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

test('the catalogue has as many problems as this test was told of', () => {
  expect(problemCodes).toHaveLength(51)
})

test('docs/errors.md explains exactly the problems of the catalogue, with their status and title', () => {
  const explained = [...page.matchAll(/^### ([a-z-]+)\n\n(\d{3}) · (.+)\n\n(.+)/gm)].map(
    ([, code, status, title, text]) => {
      expect(text?.length, `${code} needs a word on what to do`).toBeGreaterThan(20)
      return [code, Number(status), title]
    },
  )
  expect(explained).toEqual(
    problemCodes.map((code) => [code, problemCatalogue[code].status, problemCatalogue[code].title]),
  )
})

test('a problem is told by type, title, status and detail, and lists fields only when it has some', () => {
  const plain = new Problem('order-not-found', { detail: 'No order o1.' })
  expect(problemBody(plain, 'r1')).toEqual({
    type: 'urn:skald:problem:order-not-found',
    title: 'There is no such order',
    status: 404,
    detail: 'No order o1.',
    requestId: 'r1',
  })
  const errors = [{ field: 'items[0].sku', message: 'is unknown' }]
  expect(problemBody(new Problem('unknown-sku', { detail: 'd', errors }))).toMatchObject({ status: 422, errors })
})

test('types are stable names, one for each problem', () => {
  expect(new Set(problemCodes.map(problemType)).size).toBe(problemCodes.length)
  expect(problemCodes.every((code) => /^[a-z]+(-[a-z]+)*$/.test(code))).toBe(true)
})
