import type { AnyStateMachine } from 'xstate'
import type { MessageContract } from './contract.ts'

/** What one action of a chart does, read from its configuration without running it. */
export type ChartAction =
  | { readonly kind: 'send'; readonly contract: MessageContract }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'assign' }
  | { readonly kind: 'raise'; readonly event: string }
  | { readonly kind: 'timer'; readonly id: string; readonly event: string; readonly delay: string | number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'fault'; readonly fault: string }

type Fields = Readonly<Record<string, unknown>>

// XState's action objects are functions with fields that its types do not show; this is the one place that looks.
const fieldsOf = (value: unknown): Fields => (value ?? {}) as Fields

const fault = (text: string): ChartAction => ({ kind: 'fault', fault: text })

const WORDS = 'use command(contract, fill), note(text), assign or raise'

/** Any action that is not listed here is refused: what cannot be read from the configuration cannot be checked. */
export const readAction = (machine: AnyStateMachine, action: unknown): ChartAction => {
  if (typeof action === 'function') return readBuiltin(machine, action)
  const { type, params } = typeof action === 'string' ? { type: action, params: undefined } : fieldsOf(action)
  if (type === 'send') return readSend(params)
  if (type === 'note') return readNote(params)
  const named = fieldsOf(machine.implementations.actions)[String(type)]
  if (typeof named === 'function' && 'type' in named) return readBuiltin(machine, named)
  return fault(`runs the action '${String(type)}', which a saga cannot perform: ${WORDS}`)
}

const readSend = (params: unknown): ChartAction => {
  const contract = fieldsOf(params)['contract']
  return typeof contract === 'function' && 'type' in contract
    ? { kind: 'send', contract: contract as MessageContract }
    : fault(`runs 'send' without a contract: write command(contract, fill) instead of naming the action`)
}

const readNote = (params: unknown): ChartAction => {
  const { text } = fieldsOf(params)
  return typeof text === 'string' && text !== ''
    ? { kind: 'note', text }
    : fault(`runs 'note' without a text: write note('why this event changes nothing here')`)
}

const readBuiltin = (machine: AnyStateMachine, action: object): ChartAction => {
  const fields = fieldsOf(action)
  switch (fields['type']) {
    case 'xstate.assign':
      return { kind: 'assign' }
    case 'xstate.cancel':
      return typeof fields['sendId'] === 'string'
        ? { kind: 'cancel' }
        : fault('cancels a timer whose name is computed: name it, or let leaving the state cancel it')
    case 'xstate.raise':
      return readRaise(machine, fields)
    case undefined:
      return fault(`runs a function${nameOf(fields)}: a saga has no code to run, ${WORDS}`)
    default:
      return fault(`uses ${String(fields['type'])}, which needs a running actor: ${WORDS}`)
  }
}

const nameOf = ({ name }: Fields): string => (typeof name === 'string' && name !== '' ? ` (${name})` : '')

const readRaise = (machine: AnyStateMachine, { event, id, delay }: Fields): ChartAction => {
  const type = fieldsOf(event)['type']
  if (typeof type !== 'string') return fault('raises an event that is computed: raise({ type }) with a fixed type')
  if (delay === undefined) return { kind: 'raise', event: type }
  if (typeof id !== 'string') return fault(`raises '${type}' later without an id: use 'after', or give the raise an id`)
  if (typeof delay === 'number') return { kind: 'timer', id, event: type, delay }
  if (typeof delay !== 'string')
    return fault(`raises '${type}' after a delay without a name: name it in setup({ delays })`)
  return delay in machine.implementations.delays
    ? { kind: 'timer', id, event: type, delay }
    : fault(`waits for the delay '${delay}', which setup({ delays }) does not define: it would pass at once`)
}
