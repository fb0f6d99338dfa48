import { bug, type PlantedBug } from './bug.ts'

const SAGA = 'services/saga-coordinator/src'

export const coordinatorBugs: readonly PlantedBug[] = [
  bug(
    'retry under the same command id',
    `${SAGA}/advance.ts`,
    '  const idOf = (ordinal: number) => derivedId(message.id, ordinal)\n  if (row.state === null) throw',
    `  const idOf = (ordinal: number) => derivedId(\`\${row.saga_id}/\${timer.name}\`, ordinal)\n  if (row.state === null) throw`,
  ),
  bug(
    'timers of one name share an id',
    `${SAGA}/advance.ts`,
    `derivedId(\`\${saga_id}/\${name}/\${arm}\`, 0, dueAtMs)`,
    `derivedId(\`\${saga_id}/\${name}\`, 0)`,
  ),
  bug(
    'nudge with a fresh id',
    `${SAGA}/nudge.ts`,
    '    id: command.id,',
    `    id: \`\${command.id.slice(0, -2)}\${11 + asked.nudges}\`,`,
  ),
  bug(
    'nudges all under one number',
    `${SAGA}/nudge.ts`,
    'repeat: { message, repeat: asked.nudges + 1 }',
    'repeat: { message, repeat: 1 }',
  ),
  bug(
    'a nudge is recorded before it is out',
    `${SAGA}/wake.ts`,
    'notYetNudged(row, known, nudges), nowMs',
    'row, nowMs',
  ),
  bug(
    "what the broker has done is compared by the process's own clock",
    `${SAGA}/app.ts`,
    'marks.sample(progress, askedAtMs, await store.nowMs())',
    'marks.sample(progress, clock.nowMs() + 0 * askedAtMs)',
  ),
  bug(
    'a deadline does not ask before it fires',
    `${SAGA}/waking.ts`,
    'if (!timer.guards || silent || isOverdue(timer, nowMs, passage))',
    'if (timer)',
  ),
  bug(
    'a deadline does not wait for what is still queued',
    `${SAGA}/wake-tasks.ts`,
    'marks.settledUpTo(askedDurable(command), replies, knownAtMs) > sentAtMs + MARGIN_MS',
    'command !== String(sentAtMs + knownAtMs)',
  ),
  bug(
    'a timer is not checked again when it is woken for',
    `${SAGA}/waking.ts`,
    '({ dueAtMs }) => dueAtMs <= nowMs',
    '({ dueAtMs }) => dueAtMs > 0',
  ),
  bug(
    'nothing wakes a saga',
    `${SAGA}/coordinate.ts`,
    '  if (early) rows.put(tasks, wakeTask(after.saga_id, wanted))\n',
    '',
  ),
  bug(
    'a saga that ended keeps its wake',
    `${SAGA}/coordinate.ts`,
    '  if (after.ended_at !== null && after.wake_at !== null) rows.delete(tasks, wakeTaskId(after.saga_id))\n',
    '',
  ),
  bug(
    'a cancel that comes before its saga is refused',
    `${SAGA}/coordinate.ts`,
    '    if (definitions.mayComeEarly(message.type)) return hold(known ?? unstarted(message, turn), message, rows, turn)\n',
    '',
  ),
  bug(
    'a cancel that was held is forgotten',
    `${SAGA}/hold.ts`,
    'of holding.held.entries()',
    'of holding.held.slice(0, 0).entries()',
  ),
  bug(
    'the list of detours is not kept',
    `${SAGA}/coordinate.ts`,
    '  else if (before && isDetour(before.status)) rows.delete(detours, saga_id)\n',
    '',
  ),
  bug(
    'a saga that goes on is still listed as stuck',
    `${SAGA}/watching/tell.ts`,
    '  if (has.length === 0 && had.length > 0) rows.delete(concerns, id)\n',
    '',
  ),
  bug('new sagas wait for ever', `${SAGA}/starts-gate.ts`, 'onTheirWay >= this.#limit', 'onTheirWay >= 0'),
  bug(
    'a refusal of an earlier attempt counts',
    'packages/saga/src/waiting.ts',
    "        counts: false,\n        why: 'earlier-attempt',",
    "        counts: true, waiting,\n        why: 'earlier-attempt',",
  ),
  bug(
    'a refund that was refused is not tried again',
    `${SAGA}/sagas/order-steps.ts`,
    'triesOf(context, step).refused + 1 < undoAttempts',
    'triesOf(context, step).refused + 1 < 0',
  ),
  bug(
    'a cancel while stock is asked for releases nothing',
    `${SAGA}/sagas/order.saga.ts`,
    "...cancelledTo('releasingStock'),",
    "...cancelledTo('cancellingOrder'),",
  ),
  bug(
    'a cancel while the payment is asked for refunds nothing',
    `${SAGA}/sagas/order.saga.ts`,
    "...cancelledTo('refunding'),",
    "...cancelledTo('releasingStock'),",
  ),
  bug(
    'silence about the payment counts as a no',
    `${SAGA}/sagas/order.saga.ts`,
    "paymentDeadline: { target: 'refunding'",
    "paymentDeadline: { target: 'releasingStock'",
  ),
  bug(
    'silence about the stock counts as a no',
    `${SAGA}/sagas/order.saga.ts`,
    "stockDeadline: { target: 'releasingStock'",
    "stockDeadline: { target: 'cancellingOrder'",
  ),
  bug(
    'what a saga said that started this moment is not said again',
    `${SAGA}/coordinate.ts`,
    'commandId === outputId) ?? true,',
    'commandId === outputId) ?? false,',
  ),
]
