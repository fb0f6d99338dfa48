import type { Definition } from '@skald/saga'
import type { SagaConfig } from '@skald/service'
import { orderSaga } from './order.saga.ts'
import { orderSagaV2 } from './order-v2.saga.ts'
import { tripSaga } from './trip.saga.ts'

/** Every saga that this program can run. */
export const allDefinitions = (options: SagaConfig): readonly Definition[] => [
  orderSaga(options),
  orderSagaV2(options),
  tripSaga(options),
]

/** Families of messages, each of one participant: those of the order saga, and of further ones. */
export const familiesWith = (participants: readonly string[] = []): readonly string[] => [
  'order',
  'payment',
  'inventory',
  ...participants,
]

/** Those whose participants are there: of the order saga always, of others when they are named. */
export const definitionsFor = (options: SagaConfig & { readonly participants?: readonly string[] }) => {
  const families = familiesWith(options.participants)
  return allDefinitions(options).filter(({ commands }) =>
    [...commands.keys()].every((type) => families.includes(type.slice(0, type.indexOf('.')))),
  )
}
