/** Every kind of fault, as --faults names it. */
export const kindNames = [
  'kill',
  'restart',
  'pause',
  'clock',
  'nats-kill',
  'nats-freeze',
  'nats-wipe',
  'stream-delete',
  'consumer-delete',
  'postgres-kill',
  'connections-cut',
  'disk-full',
  'net-delay',
  'net-silence',
  'net-reset',
  'hostile',
  'together',
] as const

export type KindName = (typeof kindNames)[number]
