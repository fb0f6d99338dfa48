import { bug, type PlantedBug } from './bug.ts'

const MESSAGING = 'packages/messaging/src'

export const messagingBugs: readonly PlantedBug[] = [
  bug(
    'ack before commit',
    `${MESSAGING}/processor.ts`,
    'this.#inHand.set(delivery, clock.nowMs())',
    'this.#inHand.set(delivery, clock.nowMs()); delivery.ack()',
  ),
  bug(
    'ack before the PubAck of the outputs',
    `${MESSAGING}/settlement.ts`,
    '  return sent.then(settled,',
    '  settled()\n  return sent.then(() => undefined,',
  ),
  bug(
    'no inbox: a message that came before is handled again',
    `${MESSAGING}/batch.ts`,
    'input.digest === undefined ? undefined : rows.get(rules.inbox.table, input.message.id)',
    'undefined',
  ),
  bug(
    'outputs are not stored with the inbox row',
    `${MESSAGING}/batch.ts`,
    'const handled: Handled = { digest, outputs: says, handledAtMs: rows.nowMs }',
    'const handled: Handled = { digest, outputs: [], handledAtMs: rows.nowMs }',
  ),
  bug(
    'a duplicate says nothing',
    `${MESSAGING}/batch.ts`,
    "  return { kind: 'duplicate', sends }\n",
    "  return { kind: 'duplicate', sends: sends.slice(0, 0) }\n",
  ),
  bug(
    'a batch that met a fault is acked',
    `${MESSAGING}/processor.ts`,
    '      work.failed(error)\n    }\n    await new Promise',
    '      work.done(undefined)\n    }\n    await new Promise',
  ),
  bug(
    'a message that came four times is given up',
    `${MESSAGING}/processor.ts`,
    '      failed: () => this.#giveBack(',
    '      failed: () => delivery.deliveries > 3 ? this.#ack(delivery) : this.#giveBack(',
  ),
  bug(
    'rows are decided on without being locked',
    `${MESSAGING}/processor.ts`,
    'await store.transact(reads, (loaded)',
    'await store.transact(reads.map((read) => ({ ...read, lock: false })), (loaded)',
  ),
  bug(
    'what is said again gets its time anew',
    `${MESSAGING}/batch.ts`,
    'const envelope = { source: rules.source, cause: message, handledAtMs: handled.handledAtMs }',
    'const envelope = { source: rules.source, cause: message, handledAtMs: rows.nowMs }',
  ),
  bug(
    'an open command gets an inbox row',
    `${MESSAGING}/batch.ts`,
    'if (digest !== undefined && !decision.open) {',
    'if (digest !== undefined) {',
  ),
  bug(
    'a repeat is answered under the plain id',
    `${MESSAGING}/batch.ts`,
    '.map((output) => publicationOf(output, repeat, rules.codec))',
    '.map((output) => publicationOf(output, 0, rules.codec))',
  ),
]
