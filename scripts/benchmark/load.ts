import type { Window } from './window.ts'

/** Something that places orders. */
export interface Load {
  readonly window: Window
  readonly start: () => void
  /** Places no more and waits until all have ended; gives the number of those that have not in good time. */
  readonly finish: () => Promise<number>
}
