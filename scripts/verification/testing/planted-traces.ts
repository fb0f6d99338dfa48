import type { Planted } from './planted.ts'

const inHistory = (of: string, set: string) => `UPDATE history SET ${set} WHERE saga_id = '${of}'`

/** Violations in what is left over, and in what is written down of a saga's way. */
export const plantedTraces: readonly Planted[] = [
  {
    invariant: 'a history has no gap',
    what: 'a lost entry',
    changes: [['saga', ({ approved }) => `DELETE FROM history WHERE saga_id = '${approved.sagaId}' AND seq = 2`]],
    names: ({ approved }) => `saga ${approved.sagaId}: entry 2 has the number 3`,
  },
  {
    invariant: 'a history has no gap',
    what: 'a lost end',
    changes: [
      ['saga', ({ approved }) => `UPDATE saga SET revision = revision + 1 WHERE saga_id = '${approved.sagaId}'`],
    ],
    names: ({ approved }) => `saga ${approved.sagaId}: 5 entries, its row counts 6`,
  },
  {
    invariant: 'each step of a history begins where the one before ended',
    what: 'a jump',
    changes: [['saga', ({ approved }) => `${inHistory(approved.sagaId, `from_state = '"completed"'`)} AND seq = 2`]],
    names: ({ approved }) => `saga ${approved.sagaId}, entry 2 (inventory.reserved.v1): from "completed"`,
  },
  {
    invariant: 'a history is a legal path of its definition',
    what: 'another state',
    changes: [['saga', ({ approved }) => `${inHistory(approved.sagaId, `to_state = '"refunding"'`)} AND seq = 2`]],
    names: ({ approved }) =>
      `saga ${approved.sagaId}, entry 2 (inventory.reserved.v1): the definition leads to "takingPayment", the history says "refunding"`,
  },
  {
    invariant: 'a history is a legal path of its definition',
    what: 'an event that cannot have led there',
    changes: [['saga', ({ approved }) => `${inHistory(approved.sagaId, `type = 'payment.failed.v1'`)} AND seq = 2`]],
    names: ({ approved }) =>
      `saga ${approved.sagaId}, entry 2 (payment.failed.v1): the definition leads to "reservingStock"`,
  },
  {
    invariant: 'a history is a legal path of its definition',
    what: 'a command that was not said',
    changes: [['saga', ({ approved }) => `${inHistory(approved.sagaId, `outputs = '[]'`)} AND seq = 2`]],
    names: () => 'the definition says payment.charge.v1, the history nothing',
  },
  {
    invariant: 'a history is a legal path of its definition',
    what: 'a refusal of another attempt that counted',
    changes: [
      ['saga', ({ declined }) => `${inHistory(declined.sagaId, `causation_id = 'x'`)} AND type = 'payment.failed.v1'`],
    ],
    names: ({ declined }) =>
      `saga ${declined.sagaId}, entry 3 (payment.failed.v1): the definition leads to "takingPayment"`,
  },
  {
    invariant: 'every history has its saga',
    what: 'a history alone',
    changes: [['saga', ({ approved }) => `DELETE FROM saga WHERE saga_id = '${approved.sagaId}'`]],
    names: ({ approved }) => `saga ${approved.sagaId} has a history of 5 entries and no row`,
  },
  {
    invariant: 'a saga is where it runs or in the archive',
    what: 'a saga in both',
    changes: [
      [
        'saga',
        ({ approved }) => `INSERT INTO saga_archive SELECT saga_id, definition, version, status, business_key, revision,
          started_at, updated_at, ended_at, '{"steps":[]}' FROM saga WHERE saga_id = '${approved.sagaId}'`,
      ],
    ],
    names: ({ approved }) => `saga ${approved.sagaId} is in the archive, and it is not`,
  },
  {
    invariant: 'every saga has its names',
    what: 'a subject that is free again',
    changes: [['saga', ({ approved }) => `DELETE FROM saga_subject WHERE subject = 'order/${approved.orderId}'`]],
    names: ({ approved }) => `saga ${approved.sagaId} can be started again: nothing has the name order/`,
  },
  {
    invariant: 'no timer of a saga that ended',
    what: 'a timer',
    changes: [
      [
        'saga',
        ({ approved }) => `UPDATE saga SET timers = '[{"name":"stockDeadline"}]' WHERE saga_id = '${approved.sagaId}'`,
      ],
    ],
    names: ({ approved }) => `saga ${approved.sagaId} ended with timers`,
  },
  {
    invariant: 'no wake of a saga that ended',
    what: 'a wake',
    changes: [
      ['saga', ({ approved }) => `INSERT INTO task VALUES ('wake/${approved.sagaId}', 'wake', now(), '', 0, '{}')`],
    ],
    names: ({ approved }) => `saga ${approved.sagaId} ended and has a wake due at`,
  },
  {
    invariant: 'no saga sleeps for ever',
    what: 'a timer that nobody looks at',
    changes: [
      ['saga', ({ needsPerson }) => `UPDATE saga SET timers = '[{}]' WHERE saga_id = '${needsPerson.sagaId}'`],
      ['saga', () => `DELETE FROM task WHERE kind = 'wake'`],
    ],
    names: ({ needsPerson }) => `saga ${needsPerson.sagaId} waits and nothing will wake it`,
  },
  {
    invariant: 'the list of detours shows sagas as they are',
    what: 'a missing line',
    changes: [['saga', ({ needsPerson }) => `DELETE FROM saga_detour WHERE saga_id = '${needsPerson.sagaId}'`]],
    names: ({ needsPerson }) => `saga ${needsPerson.sagaId} is NEEDS_ATTENTION, the list says nothing`,
  },
  {
    invariant: 'every saga that runs is found by its wake task',
    what: 'one without a task',
    changes: [['saga', ({ approved }) => `UPDATE saga SET status = 'RUNNING' WHERE saga_id = '${approved.sagaId}'`]],
    names: ({ approved }) => `saga ${approved.sagaId} runs, and no task leads to it`,
  },
  ...(
    [
      ['a changed row', `UPDATE operator_audit SET reason = 'other' WHERE seq = 2`, 'entry 2 is not as it was written'],
      ['a removed row', `DELETE FROM operator_audit WHERE seq = 2`, 'entry 2 is missing: 3 follows 1'],
      ['a removed last row', `DELETE FROM operator_audit WHERE seq = 4`, 'the last entry is 3, 4 were written'],
    ] as const
  ).map(
    ([what, sql, sentence]): Planted => ({
      invariant: 'what operators did is written down in one chain',
      what,
      // An administrator who takes the guard away first.
      changes: [
        ['saga', () => 'ALTER TABLE operator_audit DISABLE TRIGGER ALL'],
        ['saga', () => sql],
      ],
      names: () => sentence,
    }),
  ),
  {
    invariant: 'every dead letter is listed',
    what: 'one that was never reported',
    changes: [
      ['payment', () => `INSERT INTO dead_letter VALUES ('lost', 'd', 's', NULL, NULL, 'r', 'd', '', now(), 'OPEN')`],
    ],
    names: () => 'dead letter lost is in no list, and nothing reports it',
  },
  ...(['order', 'payment', 'inventory'] as const).map(
    (database): Planted => ({
      invariant: 'a message is handled once',
      what: `two days of ${database}`,
      changes: [
        [
          database,
          () =>
            `INSERT INTO inbox SELECT message_id, -7, digest, outputs, handled_at FROM inbox ORDER BY message_id LIMIT 1`,
        ],
      ],
      names: () => `was handled 2 times by ${database}`,
    }),
  ),
  ...(['order', 'payment', 'inventory', 'saga'] as const).map(
    (database): Planted => ({
      invariant: 'no task is overdue',
      what: `one of ${database}`,
      changes: [[database, () => `INSERT INTO task VALUES ('old', 'x', now() - interval '1 minute', '', 0, '{}')`]],
      names: () => `task old of ${database} has been due since`,
    }),
  ),
]
