import { expect, test } from 'vitest'
import { contracts, documentsOf } from '../packages/contracts/src/index.ts'
import { driftBetween, faultsBetween, messagesFolder, publishedIn } from './generate-messages.ts'

const current = documentsOf(contracts)

/** The current documents with one schema changed. */
const changed = (file: string, change: (text: string) => string): Map<string, string> =>
  new Map([...current].map(([name, text]) => [name, name === file ? change(text) : text]))

test('docs/messages is what the contracts say', () => {
  expect(driftBetween(publishedIn(messagesFolder), current)).toEqual([])
})

test('no published message was changed in a way that breaks the programs that use it', () => {
  expect(faultsBetween(publishedIn(messagesFolder), current)).toEqual([])
})

test('the documents of one registry are always the same', () => {
  expect([...documentsOf(contracts)]).toEqual([...current])
})

test('a file that is missing, different or left over is drift', () => {
  const published = changed('README.md', (text) => `${text} `)
  published.delete('asyncapi.json')
  published.set('left-over.json', '{}')
  expect(driftBetween(published, current).toSorted()).toEqual(['README.md', 'asyncapi.json', 'left-over.json'])
})

test('a message that is gone is named', () => {
  const now = new Map(current)
  now.delete('payment.voided.v1.schema.json')
  expect(faultsBetween(current, now)).toEqual([
    'payment.voided.v1.schema.json: the message is gone, programs may still send or await it',
  ])
})

test('a message that changed is named with the field and the change', () => {
  const now = changed('order.cancelled.v1.schema.json', (text) => text.replaceAll('"reason"', '"because"'))
  expect(faultsBetween(current, now)).toEqual([
    'order.cancelled.v1.schema.json: reason: removed, readers of the published form may use it',
    'order.cancelled.v1.schema.json: because: new and required, messages of the published form do not have it',
  ])
})

test('a message that is new breaks nobody', () => {
  const published = new Map(current)
  published.delete('product.announced.v1.schema.json')
  expect(faultsBetween(published, current)).toEqual([])
})
