import { cloudEvent, dataMessages, envelopeMessages, uniqueId } from '@skald/e2e'
import type { Injected } from '../manifest.ts'
import type { FaultKind } from './fault.ts'

/** Garbage, forged events of the state machine, unknown types, wrong data: what can never be handled. */
const corpus = [...envelopeMessages, ...dataMessages].flatMap(({ subject, payload, ends }) =>
  'dead' in ends ? [{ subject, payload, reason: ends.dead }] : [],
)
/** No message of the corpus is about anybody. */
const NOBODY = { orderId: '', sagaId: '', chargeId: '', reserveId: '' }

const bytesOf = (payload: string | Uint8Array): Uint8Array =>
  typeof payload === 'string' ? new TextEncoder().encode(payload) : payload

export const hostile: FaultKind = {
  name: 'hostile',
  weight: 4,
  draw(point) {
    const chosen = Array.from({ length: point.whole('how many', 5, 40) }, (_, index) =>
      point.pick(`message ${index}`, corpus),
    )
    const again = point.whole('said again', 0, 40)
    return {
      what: `${chosen.length} hostile messages, an id with other content, the last ${again} of each stream again`,
      async inflict({ manifest }) {
        const messages = chosen.map(
          ({ subject, payload, reason }): Injected => ({
            subject,
            payload: bytesOf(payload({ ended: NOBODY, waiting: NOBODY })),
            reason,
          }),
        )
        await manifest.inject(messages)
        await manifest.repeatLast(again)
        const sku = `chaos-twice-${uniqueId()}`
        await manifest.injectReused(productNamed(sku, 'one', 1), productNamed(sku, 'other', 2), sku)
      },
    }
  },
}

/** Announces of one product under one id. */
const productNamed = (sku: string, name: string, version: number) => {
  const data = { sku, name, price: { amount: 100, currency: 'EUR' }, version }
  const event = cloudEvent('product.updated.v1', sku, data, { id: sku })
  return { subject: 'product.updated.v1', payload: bytesOf(JSON.stringify(event)) }
}
