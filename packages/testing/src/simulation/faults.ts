import type { Point } from './chance.ts'

/** What may go wrong, by the name under which it is counted and shrunk. */
export const FAULT_KINDS = [
  'crash-before',
  'crash-after',
  'pause-before',
  'pause-after',
  'conflict',
  'connection-lost',
  'commit-unknown',
  'slow-store',
  'publish-lost',
  'publish-late',
  'pub-ack-lost',
  'delivery-delayed',
  'delivery-dropped',
  'delivery-doubled',
  'ack-lost',
  'progress-lost',
  'broker-frozen',
  'broker-wiped',
  'durable-lost',
  'clock-shifted',
  'service-away',
  'gateway-request-lost',
  'gateway-answer-lost',
  'gateway-slow',
  'answer-lost',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** Between them a seed draws how likely a fault of a kind is at each of its points, on a logarithmic scale. */
const LIKELY: Readonly<Record<FaultKind, readonly [low: number, high: number]>> = {
  'crash-before': [0.001, 0.03],
  'crash-after': [0.001, 0.03],
  'pause-before': [0.001, 0.02],
  'pause-after': [0.001, 0.02],
  conflict: [0.005, 0.2],
  'connection-lost': [0.003, 0.1],
  'commit-unknown': [0.003, 0.1],
  'slow-store': [0.005, 0.1],
  'publish-lost': [0.005, 0.2],
  'publish-late': [0.003, 0.05],
  'pub-ack-lost': [0.005, 0.2],
  'delivery-delayed': [0.01, 0.4],
  'delivery-dropped': [0.01, 0.3],
  'delivery-doubled': [0.01, 0.3],
  'ack-lost': [0.01, 0.4],
  'progress-lost': [0.01, 0.3],
  'broker-frozen': [0.02, 0.3],
  'broker-wiped': [0.01, 0.2],
  'durable-lost': [0.02, 0.3],
  'clock-shifted': [0.05, 0.5],
  'service-away': [0.001, 0.02],
  'gateway-request-lost': [0.02, 0.3],
  'gateway-answer-lost': [0.02, 0.5],
  'gateway-slow': [0.02, 0.5],
  'answer-lost': [0.02, 0.3],
}
/** Each seed leaves out about half of the kinds: what hides behind a storm of others shows where they are missing. */
const SHARE_OF_KINDS = 0.5

/** What a fault was about, as far as its point knows: asked only when one strikes. */
export interface About {
  /** A message's subject, or what else is done. */
  readonly event: string
  /** The saga, or what it is about. */
  readonly whose: string
}

export interface Fault {
  readonly kind: FaultKind
  readonly point: string
  readonly atMs: number
}

export interface FaultOptions {
  /** Only these, by `faultName`; for shrinking. */
  readonly only?: ReadonlySet<string> | undefined
  /** How likely each kind is at each of its points, instead of what the seed draws; it may change during the run. */
  readonly likely?: ReadonlyMap<FaultKind, number> | undefined
}

export const faultName = ({ kind, point }: Pick<Fault, 'kind' | 'point'>): string => `${kind} @ ${point}`

const drawnFor = (run: Point): Map<FaultKind, number> => {
  const likely = new Map<FaultKind, number>()
  for (const kind of FAULT_KINDS) {
    if (run.of(`kind ${kind}`) >= SHARE_OF_KINDS) continue
    const [low, high] = LIKELY[kind]
    likely.set(kind, low * (high / low) ** run.of(`rate ${kind}`))
  }
  return likely
}

/** Decides at each point whether a fault of a kind strikes there. */
export class Faults {
  readonly struck: Fault[] = []
  onStrike: (kind: FaultKind, about: About) => void = () => undefined
  /** Faults strike only while it is set. */
  active = true
  readonly #likely: ReadonlyMap<FaultKind, number>
  readonly #only: ReadonlySet<string> | undefined
  readonly #elapsedMs: () => number

  constructor(run: Point, elapsedMs: () => number, { only, likely }: FaultOptions) {
    this.#elapsedMs = elapsedMs
    this.#only = only
    this.#likely = likely ?? drawnFor(run)
  }

  strike(kind: FaultKind, point: Point, about?: () => About | undefined): boolean {
    if (!this.active) return false
    const likely = this.#likely.get(kind)
    if (likely === undefined || point.of(kind) >= likely) return false
    const fault = { kind, point: point.name, atMs: this.#elapsedMs() }
    if (this.#only && !this.#only.has(faultName(fault))) return false
    this.struck.push(fault)
    const found = about?.()
    if (found) this.onStrike(kind, found)
    return true
  }
}
