import {
  type Decision,
  type Handler,
  type Message,
  type RowRef,
  type Rows,
  type Said,
  type Task,
  type Turn,
  tasks,
} from '@skald/messaging'

/**
 * Commands whose rows only a look into the database can name: a release that does not say what was held, a page of
 * the catalogue. The command is left open with a task; the task looks, and comes back as a request that names its
 * rows like any other and answers the command. What the look found may be old by then: the request decides by rows.
 */
interface OpenCommand<Data> {
  readonly command: Message<Data>
  readonly digest: string
}

const taskId = (kind: string, command: Message): string => `${kind}/${command.id}`

/** The row that keeps a repeat of the command from being looked up while the first is being answered. */
export const lookUpRow = (kind: string, command: Message): RowRef => ({ table: tasks, key: taskId(kind, command) })

/** Leaves the command open. Asked again meanwhile, it is looked up once more, and the look before counts no longer. */
export const lookUp = (kind: string, command: Message, rows: Rows, { nowMs, digest }: Turn): Decision => {
  const body: OpenCommand<unknown> = { command, digest }
  rows.put(tasks, { id: taskId(kind, command), kind, due_at: nowMs, token: '', attempts: 0, body })
  return { open: true }
}

const openCommandOf = <Data>({ body }: Task): OpenCommand<Data> => body as OpenCommand<Data>

/** What the task was made for. */
export const commandOf = <Data>(task: Task): Message<Data> => openCommandOf<Data>(task).command

export interface LookedUp<Found> {
  readonly task: Task
  readonly found: Found
}

/**
 * The request that ends a look. `decide` gives the answer, or nothing when there is nothing left to do for the
 * command: asked again it then answers from what is recorded.
 */
export const answering = <Data, Found>(parts: {
  readonly type: string
  readonly rows: (command: Message<Data>, found: Found) => readonly RowRef[]
  readonly decide: (command: Message<Data>, found: Found, rows: Rows, turn: Turn) => readonly Said[] | undefined
}): Handler<LookedUp<Found>> => ({
  type: parts.type,
  rows: ({ data: { task, found } }) => [{ table: tasks, key: task.id }, ...parts.rows(commandOf(task), found)],
  decide: ({ data: { task, found } }, rows, turn) => {
    // Somebody else holds the lease, or has answered: two answers to one command would collide in its inbox row.
    if (rows.get(tasks, task.id)?.token !== task.token) return {}
    rows.delete(tasks, task.id)
    const { command, digest } = openCommandOf<Data>(task)
    const says = parts.decide(command, found, rows, turn)
    return says ? { answers: [{ to: command, digest, says }] } : {}
  },
})
