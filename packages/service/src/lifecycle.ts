import type { Logger } from './logging.ts'

/** Kubernetes and systemd send SIGKILL after 30 and 90 s; a stop must be well over by then. */
const defaultStopDeadlineMs = 10_000

export type StopStep = () => void | Promise<void>

export interface StopSequence {
  /** Adds what is to be done at the stop. Steps run in the reverse order of being added, as what was opened last uses what was opened first. */
  readonly add: (name: string, stop: StopStep) => void
  /**
   * Runs every step once, one after the other; a step that fails does not keep the others from running. Later calls
   * answer the first one's promise.
   *
   * @returns true when every step ended well before the deadline. At the deadline it answers false and the rest is left
   * to the end of the process: what is unfinished comes again.
   */
  readonly run: () => Promise<boolean>
}

export interface StopSequenceOptions {
  readonly logger: Logger
  readonly deadlineMs?: number
}

interface Step {
  readonly name: string
  readonly stop: StopStep
}

async function runStep({ name, stop }: Step, logger: Logger): Promise<boolean> {
  try {
    await stop()
    return true
  } catch (err) {
    logger.error({ err, step: name }, 'a step of the stop failed')
    return false
  }
}

async function runSteps(steps: Step[], logger: Logger): Promise<boolean> {
  let isClean = true
  for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
    // Left in the list while it runs: at the deadline the last one names what was waited for.
    isClean = (await runStep(step, logger)) && isClean
    steps.splice(steps.indexOf(step), 1)
  }
  return isClean
}

export function createStopSequence({ logger, deadlineMs = defaultStopDeadlineMs }: StopSequenceOptions): StopSequence {
  const steps: Step[] = []
  let running: Promise<boolean> | undefined

  async function runWithDeadline(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, deadlineMs, 'late')
    })
    const outcome = await Promise.race([runSteps(steps, logger), late])
    clearTimeout(timer)
    if (outcome !== 'late') return outcome
    const unfinished = steps.map(({ name }) => name).reverse()
    logger.error({ unfinished, deadlineMs }, 'the stop took too long: leaving the rest unfinished')
    return false
  }

  return {
    add: (name, stop) => {
      steps.push({ name, stop })
    },
    run: () => {
      running ??= runWithDeadline()
      return running
    },
  }
}
