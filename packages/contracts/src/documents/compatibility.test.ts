import { describe, expect, test } from 'vitest'
import { compatibility, type JsonSchema } from '../index.ts'

const published: JsonSchema = {
  title: 'parcel.sent.v1',
  type: 'object',
  properties: {
    parcelId: { type: 'string', pattern: '^[a-z]+$' },
    weight: { type: 'integer', minimum: 1, maximum: 100 },
    speed: { type: 'string', enum: ['slow', 'fast'] },
    note: { type: 'string', minLength: 1, maxLength: 10 },
    stops: {
      type: 'array',
      minItems: 1,
      maxItems: 5,
      items: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
  required: ['parcelId', 'weight', 'speed'],
  'x-message': { kind: 'event', wire: 'parcel.sent.v1' },
}

/** The published schema with one thing changed; `fields` reaches into its properties. */
const after = (change: (fields: Record<string, Record<string, unknown>>, schema: Record<string, unknown>) => void) => {
  const copy = structuredClone(published) as Record<string, unknown>
  change(copy['properties'] as Record<string, Record<string, unknown>>, copy)
  return compatibility(published, copy)
}

describe('what may be changed within a version', () => {
  test('nothing', () => expect(after(() => undefined)).toEqual([]))
  test('a new optional field', () =>
    expect(
      after((fields) => {
        fields['insured'] = { type: 'boolean' }
      }),
    ).toEqual([]))
  test('a new optional field of a line', () =>
    expect(
      after((fields) => {
        fields['stops'] = {
          ...fields['stops'],
          items: {
            type: 'object',
            properties: { city: { type: 'string' }, street: { type: 'string' } },
            required: ['city'],
          },
        }
      }),
    ).toEqual([]))
  test('what only people read', () =>
    expect(
      after((fields, schema) => {
        schema['description'] = 'A parcel left.'
        fields['weight'] = { ...fields['weight'], description: 'grams' }
      }),
    ).toEqual([]))
  test('the order of fields', () =>
    expect(
      after((_, schema) => {
        schema['required'] = ['speed', 'weight', 'parcelId']
      }),
    ).toEqual([]))
})

const set =
  (field: string, keyword: string, value: unknown) =>
  (fields: Record<string, Record<string, unknown>>): void => {
    fields[field] = { ...fields[field], [keyword]: value }
  }

const NARROWER = 'narrowed, messages of the published form would be refused'
const WIDER = 'widened, readers of the published form would refuse what is new'

describe('what needs a new version', () => {
  test.each([
    ['a higher minimum', set('weight', 'minimum', 2), `weight: minimum was 1, is 2: ${NARROWER}`],
    ['a lower minimum', set('weight', 'minimum', 0), `weight: minimum was 1, is 0: ${WIDER}`],
    ['a lower maximum', set('weight', 'maximum', 99), `weight: maximum was 100, is 99: ${NARROWER}`],
    ['a higher maximum', set('weight', 'maximum', 101), `weight: maximum was 100, is 101: ${WIDER}`],
    ['a bound less', set('weight', 'maximum', undefined), `weight: maximum was 100, is nothing: ${WIDER}`],
    ['a bound more', set('parcelId', 'maxLength', 9), `parcelId: maxLength was nothing, is 9: ${NARROWER}`],
    ['shorter texts', set('note', 'maxLength', 9), `note: maxLength was 10, is 9: ${NARROWER}`],
    ['fewer lines', set('stops', 'maxItems', 4), `stops: maxItems was 5, is 4: ${NARROWER}`],
    ['more lines', set('stops', 'maxItems', 6), `stops: maxItems was 5, is 6: ${WIDER}`],
    ['another type', set('note', 'type', 'integer'), 'note: type was "string", is "integer"'],
    ['another pattern', set('parcelId', 'pattern', '^[a-y]+$'), 'parcelId: pattern was "^[a-z]+$", is "^[a-y]+$"'],
    ['a value less', set('speed', 'enum', ['slow']), `speed: "fast" is gone: ${NARROWER}`],
    ['a value more', set('speed', 'enum', ['slow', 'fast', 'now']), `speed: "now" is new: ${WIDER}`],
    ['values fixed', set('note', 'enum', ['a']), `note: only ["a"] now: ${NARROWER}`],
    ['values freed', set('speed', 'enum', undefined), `speed: no longer one of ["slow","fast"]: ${WIDER}`],
    ['a keyword this check does not know', set('note', 'format', 'email'), 'note: format was nothing, is "email"'],
    [
      'a line with another type',
      set('stops', 'items', { type: 'object', properties: { city: { type: 'integer' } }, required: ['city'] }),
      'stops.*.city: type was "string", is "integer"',
    ],
    [
      'a line with a new required field',
      set('stops', 'items', {
        type: 'object',
        properties: { city: { type: 'string' }, street: { type: 'string' } },
        required: ['city', 'street'],
      }),
      'stops.*.street: new and required, messages of the published form do not have it',
    ],
  ])('%s', (_, change, fault) => expect(after(change)).toEqual([fault]))

  test('a field less', () =>
    expect(
      after((fields) => {
        delete fields['note']
      }),
    ).toEqual(['note: removed, readers of the published form may use it']))
  test('a new required field', () =>
    expect(
      after((fields, schema) => {
        fields['insured'] = { type: 'boolean' }
        schema['required'] = ['parcelId', 'weight', 'speed', 'insured']
      }),
    ).toEqual(['insured: new and required, messages of the published form do not have it']))
  test('a field that became required', () =>
    expect(
      after((_, schema) => {
        schema['required'] = ['parcelId', 'weight', 'speed', 'note']
      }),
    ).toEqual(['note: became required, writers may leave it out']))
  test('a field that became optional', () =>
    expect(
      after((_, schema) => {
        schema['required'] = ['parcelId', 'weight']
      }),
    ).toEqual(['speed: became optional, readers of the published form need it']))
  test('unknown fields forbidden', () =>
    expect(
      after((_, schema) => {
        schema['additionalProperties'] = false
      }),
    ).toEqual(['message: additionalProperties was nothing, is false']))
  test('another subject on the wire', () =>
    expect(
      after((_, schema) => {
        schema['x-message'] = { kind: 'command', wire: 'command.parcel.sent.v1' }
      }),
    ).toEqual([
      'message: kind, subject, replies or undo was {"kind":"event","wire":"parcel.sent.v1"}, is {"kind":"command","wire":"command.parcel.sent.v1"}',
    ]))
})
