import type { MessageContract, Said } from './contract.ts'

/** The single effect of a saga: say this. `params` carries its contract, so that a chart can be read without running it. */
export interface SendAction<Context> {
  readonly type: 'send'
  readonly params: ((args: { context: Context }) => Said) & { readonly contract: MessageContract }
}

/** An event that can arrive here and changes nothing: it is recorded with this text instead of as unexpected. */
export interface NoteAction {
  readonly type: 'note'
  readonly params: { readonly text: string }
}

/**
 * A command (or an event) that a state says on entry or on a transition, filled from the saga's context.
 * `fill` must be pure: it runs again when the saga's history is replayed.
 */
export const command = <Data, Context>(
  contract: MessageContract<Data>,
  fill: (context: Context) => Data,
): SendAction<Context> => ({
  type: 'send',
  params: Object.assign(({ context }: { context: Context }) => contract(fill(context)), { contract }),
})

/** What an event that changes nothing is recorded with: why it can come here, and why nothing is done about it. */
export const note = (text: string): NoteAction => ({ type: 'note', params: { text } })

type Collected<Params> = (args: unknown, params: Params) => void
const doNothing = (): void => undefined

/** For `setup({ actions })`. Both do nothing: what they say is collected as data and performed by who runs the saga. */
export const actions: { readonly send: Collected<Said>; readonly note: Collected<{ readonly text: string }> } = {
  send: doNothing,
  note: doNothing,
}
